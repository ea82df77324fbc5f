"""Dropout that several processes draw as one process would."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count, check_floating, check_rate

_share: tuple[int, int, int] | None = None  # rank, processes and rows of the batch


class Dropout(nn.Module):
    """Set entries to 0 in train mode, and scale the others so that the mean stays.

    Args:
        rate: Share of the entries that is dropped, from 0 to below 1.
        rows: Whether whole rows are kept or dropped, as in stochastic depth.
    """

    def __init__(self, rate: float, *, rows: bool = False) -> None:
        super().__init__()
        check_rate("rate of dropout", rate)
        self.rate, self.rows = rate, rows

    def forward(self, x: Tensor) -> Tensor:
        """Drop entries, or rows, of `(B, ...)`."""
        check_floating("x", x)
        if not self.training or not self.rate:
            return x
        shape = (len(x), *[1] * (x.ndim - 1)) if self.rows else x.shape
        kept = _uniform(shape, x.device) >= self.rate
        return x * kept / (1 - self.rate)

    def extra_repr(self) -> str:
        """The rate, for `print(model)`."""
        return f"{self.rate}, rows={self.rows}"


@contextmanager
def share_of_batch(rank: int, processes: int, rows: int) -> Iterator[None]:
    """Make this process drop what one process would drop in the same rows.

    Processes whose global generators are in one state then draw for all rows, and take
    every so many-th of them, as `Trainer` shares out a batch.

    Args:
        rank: Number of this process, from 0.
        processes: How many there are.
        rows: Of the whole batch.
    """
    global _share
    check_count("processes", processes)
    check_count("rank", rank, least=0, most=processes - 1)
    check_count("rows", rows)
    before, _share = _share, (rank, processes, rows)
    try:
        yield
    finally:
        _share = before


def _uniform(shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Uniform numbers from 0 to 1, of which the first dimension goes with the rows."""
    if _share is None or _share[1] == 1:
        return torch.rand(shape, device=device)
    rank, processes, rows = _share
    here = len(range(rank, rows, processes))
    each, rest = divmod(shape[0], here) if here else (1, shape[0])
    if rest:
        given = tuple(shape)
        raise ValueError(f"x must hold the {here} rows of a batch, got shape {given}")
    drawn = torch.rand((rows, each, *shape[1:]), device=device)
    return drawn[rank::processes].reshape(shape)
