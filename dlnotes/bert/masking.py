"""Which tokens are hidden, and by what."""

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from dlnotes.bert.embedding import check_ids
from dlnotes.blocks.checks import (
    broadcasts_to,
    check_count,
    check_finite,
    check_rate,
    check_real,
    check_tensor,
)
from dlnotes.blocks.precision import half_to_single


def count_hidden(seen: Tensor, ratio: float, *, most: int | None = None) -> Tensor:
    """Count the tokens to hide as Google's program does, Eq. (exact-count).

    Args:
        seen: True but for padding, shape `(..., N)`; special tokens count, too.
        ratio: Share `r` to hide.
        most: The largest count, 1 or more; by default there is none.

    Returns:
        Whole numbers, shape `(...)`: at least 1, and 0 for a row of padding. Halves are
        rounded to the even number, as Python does.
    """
    check_mask("seen", seen)
    check_rate("ratio", ratio)
    if most is not None:
        check_count("most", most)
    length = seen.sum(-1)
    count = (length.double() * ratio).round().long().clamp(min=1)
    count = count if most is None else count.clamp(max=most)
    return torch.where(length > 0, count, 0)


@half_to_single
def choose_exact(
    open_: Tensor,
    count: Tensor,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Choose so many tokens of each row, Eq. (exact).

    Args:
        open_: Which tokens may be hidden, `(..., N)`: no padding, no special token.
        count: How many, `(...)`; where fewer are open, all of them.
        noise: Independent and uniform from 0 to below 1, shape `(..., N)`; drawn if it
            is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Truth values, shape `(..., N)`.
    """
    check_mask("open_", open_)
    check_tensor("count", count)
    if count.shape != open_.shape[:-1] or count.is_floating_point():
        given = tuple(count.shape), count.dtype
        raise ValueError(f"count must be whole numbers, one a row, got {given}")
    noise = uniform(open_.shape, open_, noise=noise, generator=generator)
    order = noise.masked_fill(~open_, 2).argsort(stable=True, dim=-1)
    return open_ & (order.argsort(-1) < count[..., None])


@half_to_single
def choose_bernoulli(
    open_: Tensor,
    ratio: float,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Choose each token by itself, Eq. (bernoulli).

    Args:
        open_: Which tokens may be hidden, shape `(..., N)`.
        ratio: Probability `r` of each.
        noise: Independent and uniform from 0 to below 1, shape `(..., N)`; drawn if it
            is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Truth values, shape `(..., N)`.
    """
    check_mask("open_", open_)
    check_rate("ratio", ratio)
    noise = uniform(open_.shape, open_, noise=noise, generator=generator)
    return open_ & (noise < ratio)


@half_to_single
def corrupt(
    ids: Tensor,
    chosen: Tensor,
    others: Tensor,
    *,
    mask: int,
    masked: float = 0.8,
    replaced: float = 0.1,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Hide the chosen tokens behind a mask, another one, or not, Eq. (corrupt).

    ELECTRA's generator has `masked=0.85, replaced=0`.

    Args:
        ids: Tokens, integers, shape `(..., N)`.
        chosen: Truth values, shape `(..., N)`.
        others: Tokens to put in, drawn uniformly, shape `(..., N)`.
        mask: Number of the mask token.
        masked: Share that becomes the mask token.
        replaced: Share that becomes another token; the rest stays.
        noise: Uniform from 0 to below 1, shape `(..., N)`; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Tokens, shape `(..., N)`.
    """
    check_ids("ids", ids, None)
    check_ids("others", others, None)
    check_mask("chosen", chosen, like=ids)
    check_count("mask", mask, least=0)
    for name, share in {"masked": masked, "replaced": replaced}.items():
        check_real(name, share)
        if not 0 <= share <= 1:
            raise ValueError(f"{name} must be from 0 to 1, got {share}")
    if masked + replaced > 1 + 1e-9:
        total = masked + replaced
        raise ValueError(f"masked and replaced must be at most 1, got {total}")
    if ids.shape != others.shape:
        shapes = [tuple(x.shape) for x in (ids, others)]
        raise ValueError(f"ids and others must have one shape, got {shapes}")
    noise = uniform(ids.shape, ids, noise=noise, generator=generator)
    hidden = torch.where(chosen & (noise < masked), mask, ids)
    swapped = chosen & (noise >= masked) & (noise < masked + replaced)
    return torch.where(swapped, others, hidden)


def word_labels(ids: Tensor, chosen: Tensor) -> Tensor:
    """Keep the chosen tokens as labels, Eq. (mlm).

    The loss is the cross-entropy of `label_loss`, over the chosen tokens alone, hidden
    or not.

    Args:
        ids: The tokens as they were, shape `(..., N)`.
        chosen: Truth values, shape `(..., N)`.

    Returns:
        Shape `(..., N)`, -100 where nothing is to be predicted.
    """
    check_ids("ids", ids, None)
    check_mask("chosen", chosen, like=ids)
    return torch.where(chosen, ids, -100)


def distinct_masks(masks: int, drawn: int) -> float:
    """Expect so many different masks among some that are drawn, Eq. (distinct-masks).

    Args:
        masks: How many there are, all equally likely.
        drawn: How many are drawn with replacement.

    Returns:
        The expected number of different ones.

    Examples:
        >>> round(distinct_masks(math.comb(5, 2), 10), 9)
        6.513215599
    """
    check_count("masks", masks)
    check_count("drawn", drawn, least=0)
    if masks == 1:
        return float(drawn > 0)
    return -masks * math.expm1(drawn * math.log1p(-1 / masks))


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


def uniform(
    shape: Sequence[int],
    like: Tensor,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Take the noise that is given, or draw it in float32.

    Args:
        shape: What it must have.
        like: A tensor on whose device the noise is wanted.
        noise: Uniform numbers from 0 to below 1, or `None`.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Noise of that shape.
    """
    if noise is None:
        return torch.rand(*shape, device=like.device, generator=generator)
    check_finite("noise", noise)
    if tuple(noise.shape) != tuple(shape):
        given = tuple(noise.shape)
        raise ValueError(f"noise must have shape {tuple(shape)}, got {given}")
    return noise


def check_mask(name: str, mask: Tensor, *, like: Tensor | None = None) -> None:
    """Refuse what is not rows of truth values.

    Args:
        name: What the caller calls the tensor, for the message.
        mask: The tensor to check.
        like: A tensor whose shape it must have.
    """
    check_tensor(name, mask)
    if mask.dtype != torch.bool:
        raise TypeError(f"{name} must hold truth values, got {mask.dtype}")
    if not mask.ndim or (like is not None and mask.shape != like.shape):
        wanted = "(..., N)" if like is None else tuple(like.shape)
        raise ValueError(f"{name} must have shape {wanted}, got {tuple(mask.shape)}")


def check_mask_of(name: str, mask: Tensor, shape: Sequence[int]) -> None:
    """Refuse what does not broadcast to truth values of a shape.

    Args:
        name: What the caller calls the tensor, for the message.
        mask: The tensor to check; its sizes are those of the shape, or 1.
        shape: The shape.
    """
    check_mask(name, mask)
    if not broadcasts_to(mask.shape, shape):
        wanted, given = tuple(shape), tuple(mask.shape)
        raise ValueError(f"{name} must broadcast to {wanted}, got shape {given}")
