"""Rows of values, seen from their largest one so that nothing overflows."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_positive, holds
from dlnotes.gumbel_softmax.checks import check_logits


def check_row(name: str, values: Tensor, sharpness: Parameter) -> None:
    """Refuse rows without an answer, and a sharpness that does not fit them.

    Args:
        name: What the caller calls the values, for the message.
        values: Shape `(..., K)`; minus infinity masks an entry, but not a whole row.
        sharpness: A positive number, or one a row, shape `(..., 1)`.
    """
    check_logits(name, values)
    check_positive("sharpness", sharpness, like=values, row=True)


def leader(values: Tensor) -> tuple[Tensor, Tensor]:
    """Find the first of the largest values.

    Args:
        values: Shape `(..., K)`.

    Returns:
        The value and its index, each of shape `(..., 1)`. The gradient goes to that
        one entry, also where others tie with it.
    """
    place = values.argmax(-1, keepdim=True)
    return values.gather(-1, place), place


def below_leader(values: Tensor, sharpness: Parameter) -> Tensor:
    """Multiply the distances from the largest value by a sharpness.

    A masked entry keeps its minus infinity, but no gradient meets it. Other entries
    stay finite: beyond the range of the dtype they are cut off, with the gradient 0.

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry.
        sharpness: Positive, a number or shape `(..., 1)`.

    Returns:
        Numbers from minus infinity to 0, shape `(..., K)`.
    """
    top, _ = leader(values)
    possible = values > -torch.inf
    lowest = torch.finfo(values.dtype).min
    distance = (torch.where(possible, values, top) - top).clamp(min=lowest)
    scaled = (sharpness * distance).clamp(min=lowest / 4)  # room for later sums
    return torch.where(possible, scaled, -torch.inf)


def check_possible(name: str, count: int, values: Tensor) -> None:
    """Refuse to choose more entries than a row has that are not masked.

    Args:
        name: What the caller calls the number of entries to choose, for the message.
        count: How many entries have to be there.
        values: Shape `(..., K)`; minus infinity masks an entry.
    """
    enough = (values.detach() > -torch.inf).sum(-1) >= count
    if not holds(enough):
        raise ValueError(
            f"{name} is too large: a row of values needs {count} entries that are not "
            "-inf"
        )
