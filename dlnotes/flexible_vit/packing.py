"""Images of several sizes in one row of tokens, after NaViT."""

from collections.abc import Sequence

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite
from dlnotes.blocks.precision import widen_half


def first_fit(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Put each image into the first row that has room, Eq. (first-fit).

    Args:
        lengths: Tokens of each image.
        capacity: Tokens that a row can hold.

    Returns:
        For each row the numbers of its images.

    Examples:
        >>> first_fit([5, 4, 3, 2], 8)
        [[0, 2], [1, 3]]
    """
    check_count("capacity", capacity)
    rows: list[list[int]] = []
    room: list[int] = []
    for image, length in enumerate(lengths):
        check_count("lengths", length, most=capacity)
        fits = [row for row, left in enumerate(room) if left >= length]
        if not fits:
            rows.append([])
            room.append(capacity)
        row = fits[0] if fits else len(rows) - 1
        rows[row].append(image)
        room[row] -= length
    return rows


def padding_share(lengths: Sequence[int], rows: int, capacity: int) -> float:
    """Tell which share of a batch is padding, Eq. (padding).

    Args:
        lengths: Tokens of each image.
        rows: Rows of the batch.
        capacity: Tokens that a row can hold.

    Returns:
        Between 0 and 1.
    """
    check_count("rows", rows)
    check_count("capacity", capacity)
    return 1 - sum(lengths) / (rows * capacity)


def block_mask(owners: Tensor) -> Tensor:
    """Let tokens see those of their own image alone, Eq. (block-mask).

    Args:
        owners: Number of the image of each token, -1 for padding, integers `(..., N)`.

    Returns:
        Truth values, shape `(..., N, N)`; padding sees nothing.
    """
    _check_owners(owners)
    same = owners.unsqueeze(-1) == owners.unsqueeze(-2)
    return same & (owners >= 0).unsqueeze(-1)


@widen_half
def pool_images(tokens: Tensor, owners: Tensor, images: int) -> Tensor:
    """Average the tokens of each image in a row, Eq. (masked-pool).

    Args:
        tokens: Shape `(..., N, D)`.
        owners: Number of the image of each token, -1 for padding, integers `(..., N)`.
        images: How many images a row has at most.

    Returns:
        Shape `(..., images, D)`; 0 for an image without tokens.
    """
    check_finite("tokens", tokens)
    _check_owners(owners)
    check_count("images", images)
    if tokens.shape[:-1] != owners.shape:
        shapes = tuple(tokens.shape), tuple(owners.shape)
        raise ValueError(f"tokens and owners must be of the same tokens, got {shapes}")
    numbers = torch.arange(images, device=owners.device).unsqueeze(-1)
    member = (owners.unsqueeze(-2) == numbers).to(tokens.dtype)
    count = member.sum(-1, keepdim=True).clamp(min=1)
    return member @ tokens / count


def attention_share(tokens: int, dim: int) -> float:
    """Tell which share of a layer's cost grows quadratically, Eq. (attention-share).

    Args:
        tokens: Length of the row, `N`.
        dim: Length of a token, `D`.

    Returns:
        Between 0 and 1.
    """
    check_count("tokens", tokens)
    check_count("dim", dim)
    return tokens / (6 * dim + tokens)


@widen_half
def factorized_codes(rows: Tensor, columns: Tensor) -> Tensor:
    """Add a code of the row and one of the column, Eq. (factorized).

    Args:
        rows: Codes of the rows of a grid, `(R, D)`.
        columns: Codes of its columns, `(C, D)`.

    Returns:
        Shape `(R * C, D)`, row by row.
    """
    check_finite("rows", rows)
    check_finite("columns", columns)
    if rows.ndim != 2 or columns.ndim != 2 or rows.shape[1] != columns.shape[1]:
        shapes = tuple(rows.shape), tuple(columns.shape)
        raise ValueError(f"rows and columns must be (R, D), (C, D), got {shapes}")
    return (rows[:, None] + columns).flatten(0, 1)


@widen_half
def fractional_codes(table: Tensor, count: int) -> Tensor:
    """Read codes at fractions of the side, Eq. (fractional).

    Args:
        table: Codes at equal distances from one edge to the other, `(T, D)`.
        count: Patches along the side.

    Returns:
        Shape `(count, D)`, interpolated linearly; one patch gets the first code.
    """
    check_finite("table", table)
    check_count("count", count)
    if table.ndim != 2 or not table.shape[0]:
        raise ValueError(f"table must be (T, D), got shape {tuple(table.shape)}")
    last = table.shape[0] - 1
    place = torch.arange(count, device=table.device).to(table) / max(count - 1, 1)
    place = place * last
    low = place.detach().floor().long().clamp(0, max(last - 1, 0))
    high = (low + 1).clamp(max=last)
    part = (place - low).unsqueeze(-1)
    return table[low] * (1 - part) + table[high] * part


def _check_owners(owners: Tensor) -> None:
    if not isinstance(owners, Tensor) or owners.is_floating_point():
        kind = getattr(owners, "dtype", type(owners).__name__)
        raise TypeError(f"owners must hold integers, got {kind}")
    if not owners.ndim:
        raise ValueError("owners must be (..., N), got shape ()")
