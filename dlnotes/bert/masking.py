"""Which tokens are hidden, by what, and the loss on them."""

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_floating,
    check_rate,
    check_real,
)
from dlnotes.blocks.precision import half_to_single, widen_half


def count_hidden(seen: Tensor, ratio: float, *, most: int | None = None) -> Tensor:
    """Count the tokens to hide as Google's program does, Eq. (exact-count).

    Args:
        seen: True but for padding, shape `(..., N)`; special tokens count, too.
        ratio: Share `r` to hide.
        most: The largest count.

    Returns:
        Whole numbers, shape `(...)`: at least 1, and 0 for a row of padding. Halves are
        rounded to the even number, as Python does.
    """
    check_mask("seen", seen)
    check_rate("ratio", ratio)
    length = seen.sum(-1)
    count = (length.double() * ratio).round().long().clamp(min=1)
    count = count if most is None else count.clamp(max=most)
    return torch.where(length > 0, count, 0)


def choose_exact(open_: Tensor, count: Tensor, *, noise: Tensor) -> Tensor:
    """Choose so many tokens of each row, Eq. (exact).

    Args:
        open_: Which tokens may be hidden, `(..., N)`: no padding, no special token.
        count: How many, `(...)`; where fewer are open, all of them.
        noise: Independent and uniform from 0 to below 1, shape `(..., N)`.

    Returns:
        Truth values, shape `(..., N)`.
    """
    check_mask("open_", open_)
    check_noise("noise", noise, tuple(open_.shape))
    if count.shape != open_.shape[:-1] or count.is_floating_point():
        given = tuple(count.shape), count.dtype
        raise ValueError(f"count must be whole numbers, one a row, got {given}")
    rank = noise.masked_fill(~open_, 2).argsort(-1, stable=True).argsort(-1)
    return open_ & (rank < count[..., None])


def choose_bernoulli(open_: Tensor, ratio: float, *, noise: Tensor) -> Tensor:
    """Choose each token by itself, Eq. (bernoulli).

    Args:
        open_: Which tokens may be hidden, shape `(..., N)`.
        ratio: Probability `r` of each.
        noise: Independent and uniform from 0 to below 1, shape `(..., N)`.

    Returns:
        Truth values, shape `(..., N)`.
    """
    check_mask("open_", open_)
    check_rate("ratio", ratio)
    check_noise("noise", noise, tuple(open_.shape))
    return open_ & (noise < ratio)


def corrupt(
    ids: Tensor,
    chosen: Tensor,
    others: Tensor,
    *,
    mask: int,
    masked: float = 0.8,
    replaced: float = 0.1,
    noise: Tensor,
) -> Tensor:
    """Hide the chosen tokens behind a mask, another token, or not at all, Eq. (corrupt).

    ELECTRA's generator has `masked=0.85, replaced=0`.

    Args:
        ids: Tokens, integers, shape `(..., N)`.
        chosen: Truth values, shape `(..., N)`.
        others: Tokens to put in, drawn uniformly, shape `(..., N)`.
        mask: Number of the mask token.
        masked: Share that becomes the mask token.
        replaced: Share that becomes another token; the rest stays.
        noise: Uniform from 0 to below 1, shape `(..., N)`.

    Returns:
        Tokens, shape `(..., N)`.
    """
    check_ids("ids", ids)
    check_ids("others", others)
    check_mask("chosen", chosen)
    check_noise("noise", noise, tuple(ids.shape))
    check_count("mask", mask, least=0)
    for name, share in {"masked": masked, "replaced": replaced}.items():
        check_real(name, share)
        if not 0 <= share <= 1:
            raise ValueError(f"{name} must be from 0 to 1, got {share}")
    if masked + replaced > 1 + 1e-9:
        total = masked + replaced
        raise ValueError(f"masked and replaced must be at most 1, got {total}")
    if not ids.shape == chosen.shape == others.shape:
        shapes = [tuple(x.shape) for x in (ids, chosen, others)]
        raise ValueError(f"ids, chosen and others must have one shape, got {shapes}")
    hidden = torch.where(chosen & (noise < masked), mask, ids)
    swapped = chosen & (noise >= masked) & (noise < masked + replaced)
    return torch.where(swapped, others, hidden)


@widen_half
def masked_loss(logits: Tensor, ids: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Sum the cross-entropies of the chosen tokens, and count them, Eq. (mlm).

    Over several processes sums and counts are added before they are divided.

    Args:
        logits: Shape `(..., N, V)`.
        ids: The tokens as they were, shape `(..., N)`.
        chosen: Truth values, shape `(..., N)`.

    Returns:
        Sum and count over all rows, both scalars of the dtype of `logits`.
    """
    check_finite("logits", logits)
    check_ids("ids", ids)
    check_mask("chosen", chosen)
    if not logits.shape[:-1] == ids.shape == chosen.shape:
        shapes = [tuple(x.shape) for x in (logits, ids, chosen)]
        raise ValueError(f"must be (..., N, V), (..., N), (..., N), got {shapes}")
    target = torch.where(chosen, ids, -100).flatten()
    flat = logits.flatten(0, -2)
    total = F.cross_entropy(flat, target, ignore_index=-100, reduction="sum")
    return total, chosen.sum().to(logits.dtype)


def distinct_masks(masks: int, drawn: int) -> float:
    """Expect so many different masks among some that are drawn, Eq. (distinct-masks).

    Args:
        masks: How many there are, all equally likely.
        drawn: How many are drawn with replacement.

    Returns:
        The expected number of different ones.

    Examples:
        >>> distinct_masks(math.comb(5, 2), 10)
        6.513215599
    """
    check_count("masks", masks)
    check_count("drawn", drawn, least=0)
    return -masks * math.expm1(drawn * math.log1p(-1 / masks)) if masks > 1 else 1.0


def ever_hidden(ratio: float, drawn: int) -> float:
    """Expect this share of tokens to be hidden by at least one mask, Eq. (ever-hidden).

    Args:
        ratio: Share hidden by each mask.
        drawn: How many masks are drawn.

    Returns:
        A share from 0 to 1.

    Examples:
        >>> round(ever_hidden(0.15, 10), 3)
        0.803
    """
    check_rate("ratio", ratio)
    check_count("drawn", drawn, least=0)
    return 1 - (1 - ratio) ** drawn


def draw_uniform(
    shape: tuple[int, ...], *, generator: Generator | None = None
) -> Tensor:
    """Draw uniform noise in float32, from 0 to below 1.

    Args:
        shape: Of the noise.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Noise of that shape, on the generator's device.
    """
    device = generator.device if generator is not None else None
    return torch.rand(shape, device=device, generator=generator)


def check_ids(name: str, ids: Tensor) -> None:
    """Refuse what does not hold numbers of tokens.

    Args:
        name: What the caller calls the tensor, for the message.
        ids: The tensor to check.
    """
    if not isinstance(ids, Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(ids).__name__}")
    if ids.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name} must hold integers, got {ids.dtype}")


def check_mask(name: str, mask: Tensor) -> None:
    """Refuse what is not rows of truth values.

    Args:
        name: What the caller calls the tensor, for the message.
        mask: The tensor to check.
    """
    if not isinstance(mask, Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(mask).__name__}")
    if mask.dtype != torch.bool:
        raise TypeError(f"{name} must hold truth values, got {mask.dtype}")
    if not mask.ndim:
        raise ValueError(f"{name} must have shape (..., N), got a truth value")


def check_noise(name: str, noise: Tensor, shape: tuple[int, ...]) -> None:
    """Refuse noise of another shape, or outside of 0 to 1.

    Args:
        name: What the caller calls the noise, for the message.
        noise: The tensor to check.
        shape: What it must have.
    """
    check_finite(name, noise)
    if tuple(noise.shape) != shape:
        given = tuple(noise.shape)
        raise ValueError(f"{name} must have shape {shape}, got {given}")
