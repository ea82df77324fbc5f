"""Images of several sizes in one row of tokens, after NaViT."""

from collections.abc import Sequence

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite, first_where, holds
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
    for length in lengths:
        check_count("lengths", length, most=capacity)
    if sum(lengths) > rows * capacity:
        most = rows * capacity
        raise ValueError(f"lengths must sum to {most} at most, got {sum(lengths)}")
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
        images: How many images a row has at most; all owners are below.

    Returns:
        Shape `(..., images, D)`; 0 for an image without tokens.
    """
    check_finite("tokens", tokens)
    _check_owners(owners)
    check_count("images", images)
    if tokens.shape[:-1] != owners.shape:
        shapes = tuple(tokens.shape), tuple(owners.shape)
        raise ValueError(f"tokens and owners must be of the same tokens, got {shapes}")
    good = owners < images
    if not holds(good):
        odd = int(first_where(owners, ~good))
        raise ValueError(f"owners must be below images, {images}, got {odd}")
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


def _check_owners(owners: Tensor) -> None:
    if not isinstance(owners, Tensor) or owners.is_floating_point():
        kind = getattr(owners, "dtype", type(owners).__name__)
        raise TypeError(f"owners must hold integers, got {kind}")
    if not owners.ndim:
        raise ValueError("owners must be (..., N), got shape ()")
