"""Parts that several networks share."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import cast

from torch import Tensor, nn

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.dropout import Dropout
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.pointwise import Pointwise

Layers = Callable[[Sequence[int]], Pointwise]  # makes layers of so many numbers each

# Most published networks have a bias also where a normalization takes it away again.
BIASED: Layers = partial(Pointwise, bias=True)


class Head(nn.Module):
    """Score classes by fully connected layers.

    Args:
        sizes: Length of the input, then of each hidden layer.
        classes: How many there are.
        dropout: Share of the entries dropped after each hidden layer in train mode.
        layers: Makes each hidden layer.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        classes: int,
        *,
        dropout: Sequence[float],
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        check_count("classes", classes)
        check_count("number of sizes", len(sizes))
        if len(dropout) != len(sizes) - 1:
            given = len(dropout), len(sizes) - 1
            raise ValueError(f"dropout must be one for each hidden layer, got {given}")
        self.channels = sizes[0]
        parts: list[nn.Module] = []
        for pair, rate in zip(pairwise(sizes), dropout, strict=True):
            parts += [layers(pair), Dropout(rate)]
        self.parts = nn.Sequential(*parts, nn.Linear(sizes[-1], classes))

    def forward(self, features: Tensor) -> Tensor:
        """Map `(..., C)` to `(..., classes)`."""
        check_input("features", features, (..., self.channels), like=self)
        return cast(Tensor, self.parts(features))
