"""Whole words, n-grams and spans that are hidden together."""

import math

import torch
from torch import Generator, Tensor

from dlnotes.bert.embedding import check_ids
from dlnotes.bert.masking import uniform
from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_rate,
    check_tensor,
    first_where,
    holds,
)
from dlnotes.blocks.precision import half_to_single


@half_to_single
def choose_words(
    words: Tensor,
    ratio: float,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Choose each word by itself, with all of its pieces, Eq. (whole-words).

    Args:
        words: The place where the word of each piece begins, -1 where there is none,
            shape `(..., N)`.
        ratio: Probability `r` of each word.
        noise: Uniform from 0 to below 1, shape `(..., N)`, of which the first piece of
            a word counts; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Truth values, shape `(..., N)`.
    """
    check_words("words", words)
    check_rate("ratio", ratio)
    noise = uniform(words.shape, words, noise=noise, generator=generator)
    return (words >= 0) & (noise.gather(-1, words.clamp(min=0)) < ratio)


def span_lengths(p: float, most: int) -> Tensor:
    """Give SpanBERT's law of lengths, Eq. (span-lengths).

    Args:
        p: Of the geometric law, from above 0 to below 1.
        most: The largest length.

    Returns:
        Probabilities of 1 to `most`, shape `(most,)`, float64.

    Examples:
        >>> law = span_lengths(0.2, 10)
        >>> round((law * torch.arange(1, 11)).sum().item(), 3)
        3.797
    """
    check_rate("p", p)
    check_count("most", most)
    if not p:
        raise ValueError("p must be above 0, got 0")
    law = p * (1 - p) ** torch.arange(most, dtype=torch.float64)
    return law / law.sum()


@half_to_single
def choose_spans(
    words: Tensor,
    law: Tensor,
    ratio: float,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Choose spans of whole words until a share of the tokens is hidden, Eq. (spans).

    As in SpanBERT's program: a span begins with the word of a token that is not hidden
    yet, each as likely; it may run into another span, and the last one is cut where the
    count is reached.

    Args:
        words: The place where the word of each piece begins, -1 where there is none,
            shape `(..., N)`.
        law: Probabilities of the lengths 1, 2, ... in words, of `span_lengths`.
        ratio: Share of the tokens to hide, rounded up.
        noise: Uniform from 0 to below 1, shape `(..., K, 2)`: for each span its place
            and its length, with K = `most_spans(N, ratio)`; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        The number of the span that hid each token, from 0; -1 where none did, shape
        `(..., N)`.
    """
    check_words("words", words)
    check_law("law", law)
    spans = most_spans(words.shape[-1], ratio)
    noise = uniform(
        (*words.shape[:-1], spans, 2), words, noise=noise, generator=generator
    )
    inside = words >= 0
    count = _round_up(inside.sum(-1, keepdim=True), ratio)
    lengths = _quantile(law, noise[..., 1])
    found = torch.full_like(words, -1)
    for turn in range(spans):  # of all rows at once
        open_ = inside & (found < 0)
        left = count - (inside & ~open_).sum(-1, keepdim=True)
        at = _nth(open_, noise[..., turn, :1])
        span = _reach(words, at, lengths[..., turn : turn + 1]) & open_
        new = span & (span.cumsum(-1) <= left)
        found = torch.where(new, turn, found)
    return found


def most_spans(tokens: int, ratio: float) -> int:
    """Count the spans that may be needed: each hides one token or more.

    Args:
        tokens: Of a row, `N`.
        ratio: Share of them to hide.

    Returns:
        Their number, rounded up.
    """
    check_count("tokens", tokens, least=0)
    check_rate("ratio", ratio)
    return math.ceil(tokens * ratio)


def gram_lengths(most: int) -> Tensor:
    """Give ALBERT's law of lengths, Eq. (gram-lengths).

    Args:
        most: The largest length.

    Returns:
        Probabilities of 1 to `most`, shape `(most,)`, float64.
    """
    check_count("most", most)
    law = 1 / torch.arange(1, most + 1, dtype=torch.float64)
    return law / law.sum()


@half_to_single
def choose_grams(
    words: Tensor,
    law: Tensor,
    count: Tensor,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Choose n-grams of whole words, none of which overlap, Eq. (grams).

    As in ALBERT's program: words are tried in a random order; an n-gram begins with
    each, shorter where the text ends or where it would hide too much, and is left out
    where it would overlap another. Here a special token ends a text, too. With the law
    of one word only, this is Google's whole-word masking.

    Args:
        words: The place where the word of each piece begins, -1 where there is none,
            shape `(..., N)`.
        law: Probabilities of the lengths 1, 2, ... in words, of `gram_lengths`.
        count: How many tokens to hide at most, shape `(...)`, of `count_hidden`.
        noise: Uniform from 0 to below 1, shape `(..., N, 2)`: for each word its place
            in the order, and its length; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        The place where the n-gram of each token begins, -1 where it is not hidden,
        shape `(..., N)`.
    """
    check_words("words", words)
    check_law("law", law)
    check_tensor("count", count)
    if count.shape != words.shape[:-1] or count.is_floating_point():
        given = tuple(count.shape), count.dtype
        raise ValueError(f"count must be whole numbers, one a row, got {given}")
    noise = uniform((*words.shape, 2), words, noise=noise, generator=generator)
    begins = words == torch.arange(words.shape[-1], device=words.device)
    after = _words_left(words, begins)
    order = noise[..., 0].masked_fill(~begins, 2).argsort(stable=True, dim=-1)
    found = torch.full_like(words, -1)
    for turn in range(words.shape[-1]):  # of all rows at once
        at = order[..., turn : turn + 1]
        most = after.gather(-1, at)
        size = _cut_quantile(law, noise[..., 1].gather(-1, at), most)
        left = count[..., None] - (found >= 0).sum(-1, keepdim=True)
        new = torch.zeros_like(begins)
        for length in range(1, len(law) + 1):
            span = _reach(words, at, torch.full_like(at, length))
            fits = (length <= size) & (span.sum(-1, keepdim=True) <= left)
            new = torch.where(fits, span, new)
        free = begins.gather(-1, at) & ~(new & (found >= 0)).any(-1, keepdim=True)
        found = torch.where(new & free, at, found)
    return found


@half_to_single
def share_noise(noise: Tensor, spans: Tensor) -> Tensor:
    """Give all tokens of a span one number, so that `corrupt` treats them alike.

    SpanBERT hides a whole span behind masks, or replaces it, or leaves it.

    Args:
        noise: Shape `(..., N)`.
        spans: The number of the span of each token, or -1, shape `(..., N)`.

    Returns:
        Shape `(..., N)`, a number of `noise` each.
    """
    check_finite("noise", noise)
    check_words("spans", spans)
    if noise.shape != spans.shape:
        shapes = tuple(noise.shape), tuple(spans.shape)
        raise ValueError(f"noise and spans must have one shape, got {shapes}")
    return torch.where(spans >= 0, noise.gather(-1, spans.clamp(min=0)), noise)


def check_words(name: str, words: Tensor) -> None:
    """Refuse what does not hold places, or -1.

    Args:
        name: What the caller calls the tensor, for the message.
        words: The tensor to check, shape `(..., N)`.
    """
    check_tensor(name, words)
    if words.dtype != torch.int64:
        raise TypeError(f"{name} must hold integers, got {words.dtype}")
    if not words.ndim:
        raise ValueError(f"{name} must have shape (..., N), got ()")
    check_ids(name, words + 1, words.shape[-1] + 1)


def check_law(name: str, law: Tensor) -> None:
    """Refuse what is not a list of probabilities.

    Args:
        name: What the caller calls the law, for the message.
        law: The tensor to check, shape `(K,)`.
    """
    check_finite(name, law)
    if law.ndim != 1 or not len(law):
        raise ValueError(f"{name} must have shape (K,), got {tuple(law.shape)}")
    if not holds(law >= 0):
        raise ValueError(f"{name} must be 0 or more, got {first_where(law, law < 0)}")
    total = law.sum()
    if not holds((total - 1).abs() < 0.01):  # half precision rounds by less
        raise ValueError(f"{name} must sum to 1, got {float(total):.4g}")


def _round_up(length: Tensor, ratio: float) -> Tensor:
    return (length.double() * ratio).ceil().long()


def _quantile(law: Tensor, noise: Tensor) -> Tensor:
    """Lengths that a law gives to uniform numbers."""
    above = noise[..., None] >= law.cumsum(0)[:-1].to(noise.dtype)
    return above.sum(-1) + 1


def _cut_quantile(law: Tensor, noise: Tensor, most: Tensor) -> Tensor:
    """The same for the law without lengths above `most`, which is 1 or more."""
    total = law.cumsum(0).to(noise.dtype)
    whole = total[most.clamp(1, len(law)) - 1]
    above = noise[..., None] * whole[..., None] >= total[:-1]
    return above.sum(-1) + 1


def _nth(open_: Tensor, noise: Tensor) -> Tensor:
    """One of the open places, each as likely; 0 where there is none."""
    total = open_.sum(-1, keepdim=True)
    wanted = (noise.double() * total).long().clamp(max=open_.shape[-1]) + 1
    hit = open_ & (open_.cumsum(-1) == wanted.minimum(total))
    return hit.long().argmax(-1, keepdim=True)


def _reach(words: Tensor, at: Tensor, length: Tensor) -> Tensor:
    """Tokens of so many words from the word of a place on, up to a special token."""
    places = torch.arange(words.shape[-1], device=words.device)
    begins = words == places
    number, stops = begins.cumsum(-1), (words < 0).cumsum(-1)
    start = number.gather(-1, at)
    near = (number >= start) & (number < start + length)
    return near & (words >= 0) & (stops == stops.gather(-1, at))


def _words_left(words: Tensor, begins: Tensor) -> Tensor:
    """Words from each place to the next special token, 1 or more."""
    total = begins.flip(-1).cumsum(-1).flip(-1)
    stop = (words < 0).long()
    beyond = torch.where(stop > 0, total, 0)
    # What lies beyond the next special token: the largest such total to the right.
    beyond = beyond.flip(-1).cummax(-1).values.flip(-1)
    return (total - beyond).clamp(min=1)
