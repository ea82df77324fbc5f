"""Networks that see one point at a time."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Tensor, nn

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.inputs import check_input


class Pointwise(nn.Module):
    """Map each point alone, all by the same layers: linear, normalized, activated.

    In train mode a normalization over the batch counts every row, padding too.

    Args:
        sizes: Length of the input, then of the output of each layer; with one number
            the points stay as they are.
        norm: Makes the normalization of so many channels; `None` for none.
        activation: Makes what comes last in a layer.
        bias: Whether a linear map has a bias; by default if no normalization follows,
            which would take it away again.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        norm: Callable[[int], nn.Module] | None = nn.BatchNorm1d,
        activation: Callable[[], nn.Module] = nn.ReLU,
        bias: bool | None = None,
    ) -> None:
        super().__init__()
        check_count("number of sizes", len(sizes))
        for size in sizes:
            check_count("size", size)
        self.channels = sizes[0]
        self.layers = nn.ModuleList()
        for before, after in pairwise(sizes):
            linear = nn.Linear(
                before, after, bias=norm is None if bias is None else bias
            )
            parts = [linear, *([] if norm is None else [norm(after)]), activation()]
            self.layers.append(nn.Sequential(*parts))

    def forward(self, points: Tensor) -> Tensor:
        """Map `(..., N, C)` to `(..., N, D)`."""
        check_input("points", points, (..., "N", self.channels), like=self)
        rows = points.flatten(0, -2)
        for layer in self.layers:
            rows = layer(rows)
        return rows.view(*points.shape[:-1], rows.shape[-1])
