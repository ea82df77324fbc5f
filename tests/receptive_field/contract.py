"""Canonical calls of the tensor functions of dlnotes.receptive_field."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.receptive_field.measured import gradient_energy, spread
from tests.contract import Case


class Bent(nn.Module):
    """Sixteen channels, each a bent mean of windows, in the dtype of the images."""

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, H, W)` to `(B, 16, H / 2, W / 2)`."""
        means = F.avg_pool2d(x.mean(1, keepdim=True), 2)
        scales = torch.arange(1, 17, dtype=x.dtype, device=x.device)
        return (means * scales.view(-1, 1, 1)).tanh()


IMAGES = torch.linspace(-1, 1, 48, dtype=torch.float64).reshape(2, 1, 4, 6)
ENERGY = torch.linspace(0, 3, 12, dtype=torch.float64).reshape(3, 4).square()
ONE_PIXEL = torch.zeros(3, 4, dtype=torch.float64)
ONE_PIXEL[1, 2] = 1.0

CASES = [
    Case(
        gradient_energy,
        (Bent(), IMAGES),
        half="refused",
        batched=False,  # it averages over the batch
        smooth=False,  # a measurement: it carries no gradient
        edges={"equal pixels": (Bent(), IMAGES * 0)},
        refused={
            "no image": (Bent(), IMAGES[:0]),
            "not a number": (Bent(), IMAGES * torch.nan),
        },
        large=(Bent(), torch.empty(2, 3, 256, 256, device="meta")),
        without={"export": "torch.export keeps no derivative taken inside a function"},
    ),
    Case(
        spread,
        (ENERGY,),
        batched=False,  # every axis is one of positions
        edges={
            "equal weights": (torch.ones(3, 4, dtype=torch.float64),),
            "one pixel": (ONE_PIXEL,),
            "a single one": (torch.ones(1, 1, dtype=torch.float64),),
            "tiny weights": (ENERGY * 1e-37,),
            "huge weights": (ENERGY * 3e37,),
        },
        refused={
            "no weight": (ENERGY * 0,),
            "negative weight": (ENERGY - 1,),
            "no axis": (ENERGY[1, 1],),
            "no pixel": (ENERGY[:0],),
        },
        large=(torch.empty(512, 512, device="meta"),),
    ),
]
EXEMPT: dict[str, str] = {}
