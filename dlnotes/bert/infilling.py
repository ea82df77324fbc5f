"""One mask, or one sentinel, in the place of a span of any length."""

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from dlnotes.bert.corruption import delete
from dlnotes.bert.embedding import check_ids
from dlnotes.bert.masking import check_mask, uniform
from dlnotes.blocks.checks import check_count, check_positive, check_rate
from dlnotes.blocks.precision import half_to_single


@half_to_single
def infill(
    ids: Tensor,
    seen: Tensor,
    *,
    mask: int,
    padding: int,
    ratio: float = 0.3,
    mean: float = 3.0,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Put one mask for each span, spans of no token included, Eq. (infill).

    As in BART's program: lengths have Poisson's law; spans are taken until the share is
    reached, where the last one is cut; they begin at different tokens and may run into
    each other; a span of no token is a mask that is put in between. Here each token is
    a word of its own.

    Args:
        ids: Tokens, shape `(..., N)`.
        seen: True but for padding, which comes last, shape `(..., N)`.
        mask: Number of the mask token.
        padding: Number of the token that fills rows up.
        ratio: Share of the tokens to hide, rounded up.
        mean: Of the law of lengths.
        noise: Uniform from 0 to below 1, shape `(..., 4, N)`: the order in which tokens
            become beginnings, the lengths, and in two rows the places of spans of no
            token; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Tokens, shape `(..., 2 * N)`: at most `N` masks come in.
    """
    check_ids("ids", ids, None)
    check_mask("seen", seen, like=ids)
    check_count("mask", mask, least=0)
    check_count("padding", padding, least=0)
    check_rate("ratio", ratio)
    check_positive("mean", mean)
    shape = (*ids.shape[:-1], 4, ids.shape[-1])
    order, size, *slots = uniform(shape, ids, noise=noise, generator=generator).unbind(
        -2
    )
    total = seen.sum(-1, keepdim=True)
    sizes = _within(_poisson(size, mean), _round(total.double() * ratio, up=True))
    begins = order.masked_fill(~seen, 2).argsort(stable=True, dim=-1)
    starts, gone = _spread(begins, sizes)
    kept = delete(torch.where(starts, mask, ids), gone | ~seen, padding=padding)
    added = (sizes == 0).sum(-1, keepdim=True)
    length = (seen & ~gone).sum(-1, keepdim=True) + added
    places = torch.arange(2 * ids.shape[-1], device=ids.device)
    chance = torch.cat(slots, dim=-1).masked_fill(places >= length, 2)
    rank = chance.argsort(stable=True, dim=-1).argsort(-1)
    new = rank < added
    moved = F.pad(kept, (0, ids.shape[-1]), value=padding)
    old = moved.gather(-1, ((~new).cumsum(-1) - 1).clamp(min=0))
    return torch.where(places >= length, padding, torch.where(new, mask, old))


@half_to_single
def noise_spans(
    length: Tensor,
    tokens: int,
    *,
    ratio: float = 0.15,
    mean: float = 3.0,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Choose spans as T5 does, Eq. (noise-spans).

    How many tokens and how many spans there are is fixed; how the tokens are shared out
    among the spans is random, and so is the text between. A text begins with what is
    kept and ends with a span.

    Args:
        length: Tokens of each text, integers, shape `(...)`.
        tokens: Length of a row, `N`.
        ratio: Share of the tokens in spans.
        mean: Mean length of a span.
        noise: Uniform from 0 to below 1, shape `(..., 2, N)`; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Truth values, shape `(..., N)`; false for a text of fewer than two tokens.
    """
    check_ids("length", length, tokens + 1)
    check_count("tokens", tokens)
    check_rate("ratio", ratio)
    check_positive("mean", mean)
    noise = uniform(
        (*length.shape, 2, tokens), length, noise=noise, generator=generator
    )
    share = _round(length.double() * ratio)
    hidden = share.clamp(min=1).minimum(length - 1).clamp(min=0)
    kept = length - hidden
    spans = _round(hidden.double() / mean).clamp(min=1).minimum(kept).minimum(hidden)
    keys = [
        2 * _segments(count, spans, chance) + odd
        for odd, count, chance in zip(
            (0, 1), (kept, hidden), noise.unbind(-2), strict=True
        )
    ]
    order = torch.cat(keys, dim=-1).argsort(stable=True, dim=-1)[..., :tokens]
    place = torch.arange(tokens, device=length.device)
    return (order >= tokens) & (place < length[..., None])


def put_sentinels(
    ids: Tensor, hidden: Tensor, seen: Tensor, *, last: int, padding: int
) -> Tensor:
    """Put one sentinel for each run of hidden tokens, Eq. (sentinels).

    With what is hidden and what is not exchanged, the result is T5's target.

    Args:
        ids: Tokens, shape `(..., N)`.
        hidden: Truth values, shape `(..., N)`.
        seen: True but for padding, shape `(..., N)`.
        last: Number of the first sentinel, the last one of the vocabulary; the second
            one is the number before.
        padding: Number of the token that fills rows up.

    Returns:
        Tokens, shape `(..., N)`.
    """
    check_ids("ids", ids, None)
    check_mask("hidden", hidden, like=ids)
    check_mask("seen", seen, like=ids)
    check_count("last", last)
    starts = hidden & ~F.pad(hidden, (1, 0))[..., :-1]
    marked = torch.where(starts, last + 1 - starts.cumsum(-1), ids)
    return delete(marked, (hidden & ~starts) | ~seen, padding=padding)


def _round(x: Tensor, *, up: bool = False) -> Tensor:
    return (x.ceil() if up else x.round()).long()


def _poisson(noise: Tensor, mean: float) -> Tensor:
    """Numbers that Poisson's law gives to uniform ones."""
    most = int(mean + 12 * mean**0.5 + 20)  # beyond, below the steps of float32
    k = torch.arange(most, dtype=torch.float64, device=noise.device)
    below = (k * math.log(mean) - mean - (k + 1).lgamma()).exp().cumsum(0)
    return torch.bucketize(noise.double().contiguous(), below, right=True).clamp(
        max=most
    )


def _within(sizes: Tensor, budget: Tensor) -> Tensor:
    """Sizes until the budget is reached, the last one cut; -1 for those after it."""
    before = sizes.cumsum(-1) - sizes
    cut = sizes.minimum(budget - before)
    end = torch.cat([cut[..., :-1], (budget - before)[..., -1:]], dim=-1)
    return torch.where(before < budget, end, -1)


def _spread(begins: Tensor, sizes: Tensor) -> tuple[Tensor, Tensor]:
    """Where spans begin, and which tokens their other parts cover.

    The spans of one token or more get the first of the beginnings, one after the other.
    """
    tokens = begins.shape[-1]
    real = sizes > 0
    start = begins.gather(-1, (real.cumsum(-1) - 1).clamp(min=0))
    room = torch.zeros_like(F.pad(sizes, (0, 1)))
    one = real.long()
    starts = room.scatter_add(-1, start, one)[..., :-1] > 0
    edges = room.scatter_add(-1, start + 1, one)
    edges = edges.scatter_add(-1, (start + sizes).clamp(1, tokens), -one)
    return starts, edges.cumsum(-1)[..., :-1] > 0


def _segments(count: Tensor, parts: Tensor, noise: Tensor) -> Tensor:
    """Number of the segment of each item; beyond the count, a large number.

    Every way to cut so many items into so many segments is equally likely.
    """
    place = torch.arange(noise.shape[-1], device=noise.device)
    open_ = (place > 0) & (place < count[..., None])
    order = noise.masked_fill(~open_, 2).argsort(stable=True, dim=-1)
    first = open_ & (order.argsort(-1) < parts[..., None] - 1)
    beyond = place >= count[..., None]
    return first.cumsum(-1).masked_fill(beyond, noise.shape[-1] + 1)
