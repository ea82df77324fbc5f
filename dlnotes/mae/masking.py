"""Which patches are hidden, and how the others find their places again."""

import torch
from einops import repeat
from torch import Generator, Tensor

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_floating,
    check_real,
    check_tensor,
    first_where,
    holds,
)
from dlnotes.blocks.patches import two
from dlnotes.blocks.precision import half_to_single, widen_half


def kept_count(tokens: int, ratio: float) -> int:
    """Count the patches that stay visible, Eq. (kept).

    The product is rounded down as the published programs do it, in floating point: of
    10 patches and a ratio of 0.9 nothing is left, since 1 - 0.9 is below 0.1.

    Args:
        tokens: Number of patches `N`.
        ratio: Share `r` to hide, from 0 to below 1.

    Returns:
        `K`, 1 or more.

    Examples:
        >>> kept_count(196, 0.75)
        49
    """
    check_count("tokens", tokens)
    check_real("ratio", ratio)
    kept = int(tokens * (1 - ratio))
    if not 0 <= ratio < 1 or not kept:
        raise ValueError(f"ratio must leave some of {tokens} patches, got {ratio}")
    return kept


@half_to_single
def shuffle(noise: Tensor) -> Tensor:
    """Sort the patches by their noise, Eq. (shuffle); the first ones stay visible.

    Args:
        noise: Shape `(..., N)`; with independent uniform noise every order is equally
            likely.

    Returns:
        Numbers of patches, shape `(..., N)`.
    """
    check_finite("noise", noise)
    return noise.argsort(stable=True, dim=-1)


def hidden(order: Tensor, kept: int) -> Tensor:
    """Tell which patches are hidden, Eq. (mask).

    Args:
        order: Of `shuffle`, shape `(..., N)`.
        kept: How many stay visible, `K`.

    Returns:
        Truth values, shape `(..., N)`: true where a patch is hidden.
    """
    check_order("order", order, kept)
    return order.argsort(-1) >= kept


@widen_half
def visible(tokens: Tensor, order: Tensor, kept: int) -> Tensor:
    """Take the tokens that stay visible, Eq. (visible).

    Args:
        tokens: Shape `(B, N, D)`.
        order: Of `shuffle`, shape `(B, N)`.
        kept: How many stay visible, `K`.

    Returns:
        Shape `(B, K, D)`, in the order of their noise.
    """
    check_floating("tokens", tokens)
    check_order("order", order, kept)
    if tokens.ndim != 3 or tokens.shape[:2] != order.shape:
        shapes = tuple(tokens.shape), tuple(order.shape)
        raise ValueError(f"tokens must be (B, N, D), order (B, N), got {shapes}")
    index = repeat(order[:, :kept], "b k -> b k d", d=tokens.shape[-1])
    return tokens.gather(1, index)


@widen_half
def put_back(tokens: Tensor, mask_token: Tensor, order: Tensor) -> Tensor:
    """Put tokens back to their places, one token for all others, Eq. (put-back).

    Args:
        tokens: The visible ones, shape `(B, K, D)`.
        mask_token: Stands for each hidden one, shape `(D,)`.
        order: Of `shuffle`, shape `(B, N)`.

    Returns:
        Shape `(B, N, D)`.
    """
    check_floating("tokens", tokens)
    check_floating("mask_token", mask_token)
    check_tensor("order", order)
    if tokens.ndim != 3 or tokens.shape[::2] != (len(order), len(mask_token)):
        shapes = [tuple(x.shape) for x in (tokens, mask_token, order)]
        raise ValueError(f"must be (B, K, D), (D,) and (B, N), got {shapes}")
    batch, kept, dim = tokens.shape
    check_order("order", order, kept)
    rest = mask_token.to(tokens.dtype).expand(batch, order.shape[1] - kept, dim)
    index = repeat(order.argsort(-1), "b n -> b n d", d=dim)
    return torch.cat([tokens, rest], dim=1).gather(1, index)


def grid_noise(grid: tuple[int, int], *, like: Tensor) -> Tensor:
    """Noise that keeps one patch of every two by two, always the same.

    Args:
        grid: Rows `R` and columns `C` of patches.
        like: A tensor whose device and dtype the noise gets.

    Returns:
        Shape `(R * C,)`, 0 where both row and column are even and 1 elsewhere.
    """
    check_floating("like", like)
    rows, columns = two("grid", grid)
    even = [torch.arange(n, device=like.device) % 2 for n in (rows, columns)]
    kept = (even[0][:, None] + even[1]) == 0
    return (~kept).to(like.dtype).flatten()


@half_to_single
def block_noise(corner: Tensor, grid: tuple[int, int], side: int) -> Tensor:
    """Noise that hides one square block of patches.

    Args:
        corner: Where the block begins, as shares of the room for it: rows, then
            columns, from 0 to below 1, shape `(B, 2)`.
        grid: Rows `R` and columns `C` of patches.
        side: Patches along a side of the block.

    Returns:
        Shape `(B, R * C)`, 1 in the block and 0 elsewhere.
    """
    check_finite("corner", corner)
    sizes = two("grid", grid)
    check_count("side", side, most=min(sizes))
    if corner.ndim != 2 or corner.shape[1] != 2:
        raise ValueError(f"corner must have shape (B, 2), got {tuple(corner.shape)}")
    good = (corner >= 0) & (corner < 1)
    if not holds(good):
        odd = first_where(corner, ~good)
        raise ValueError(f"corner must be at least 0 and below 1, got {odd}")
    inside = []
    for axis, size in enumerate(sizes):
        first = (corner[:, axis] * (size - side + 1)).floor()[:, None]
        at = torch.arange(size, device=corner.device)
        inside.append((at >= first) & (at < first + side))
    block = inside[0][:, :, None] & inside[1][:, None, :]
    return block.to(corner.dtype).flatten(1)


def draw_noise(
    batch: int, tokens: int, *, generator: Generator | None = None
) -> Tensor:
    """Draw uniform noise in float32, for `shuffle`.

    Args:
        batch: Images `B`.
        tokens: Patches `N` of each.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Shape `(B, N)`.
    """
    check_count("batch", batch, least=0)
    check_count("tokens", tokens)
    device = generator.device if generator is not None else None
    return torch.rand(batch, tokens, device=device, generator=generator)


def check_order(name: str, order: Tensor, kept: int) -> None:
    """Refuse what is not an order of patches, or too large a number of visible ones.

    Args:
        name: What the caller calls the order, for the message.
        order: Shape `(..., N)`, integers.
        kept: From 1 to `N`.
    """
    check_tensor(name, order)
    if order.is_floating_point() or order.is_complex() or order.dtype == torch.bool:
        raise TypeError(f"{name} must hold integers, got {order.dtype}")
    if not order.ndim:
        raise ValueError(f"{name} must have shape (..., N), got a number")
    check_count("kept", kept, most=order.shape[-1])
