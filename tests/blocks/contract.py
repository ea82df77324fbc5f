"""Canonical calls of the tensor functions of dlnotes.blocks."""

import torch

from dlnotes.blocks.vae import bernoulli_log_likelihood
from tests.contract import Case

LOGITS = torch.tensor([[0.5, -1.0, 2.0], [0.0, 3.0, -2.0]], dtype=torch.float64)
PIXELS = torch.tensor([[1, 0, 1], [0, 0, 1]], dtype=torch.float64)

CASES = [
    Case(
        bernoulli_log_likelihood,
        (LOGITS, PIXELS),
        edges={"sure pixels": (1000 * (2 * PIXELS - 1), PIXELS)},
        refused={"gray pixels": (LOGITS, PIXELS / 2)},
        large=(
            torch.empty(64, 4096, device="meta"),
            torch.empty(64, 4096, device="meta"),
        ),
    ),
]
EXEMPT = {
    "dlnotes.blocks.training.minibatches": "deals out rows of any dtype, at random",
    "dlnotes.blocks.training.train": "changes a model in place, in random order",
    "dlnotes.blocks.checks": "looks at arguments and computes nothing",
}
