"""Corrupted texts, from which an encoder with a decoder restores the original."""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from dlnotes.bert.embedding import check_ids
from dlnotes.bert.masking import check_mask, uniform
from dlnotes.blocks.checks import check_count, check_rate, check_tensor
from dlnotes.blocks.precision import half_to_single


@half_to_single
def fragment(
    length: Tensor,
    tokens: int,
    *,
    share: float = 0.5,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Choose one fragment of each text, as MASS does, Eq. (fragment).

    In a fifth of the texts it stands at the beginning, in a fifth at the end, else
    anywhere between, as in the published program.

    Args:
        length: Tokens of each text, integers, shape `(...)`.
        tokens: Length of a row, `N`.
        share: Of the tokens that are in the fragment.
        noise: Uniform from 0 to below 1, shape `(..., 2)`; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Truth values, shape `(..., N)`.
    """
    check_ids("length", length, tokens + 1)
    check_count("tokens", tokens)
    check_rate("share", share)
    noise = uniform((*length.shape, 2), length, noise=noise, generator=generator)
    size = (length.double() * share).round().long().clamp(min=1)
    room = (length - size).clamp(min=0)
    start = (noise[..., 1].double() * room).long().minimum(room)
    start = torch.where(noise[..., 0] < 0.2, 0, start)
    start = torch.where(noise[..., 0] >= 0.8, room, start)[..., None]
    place = torch.arange(tokens, device=length.device)
    inside = (place >= start) & (place < start + size[..., None])
    return inside & (place < length[..., None])


def shift_in(ids: Tensor, chosen: Tensor, *, mask: int) -> Tensor:
    """Give a decoder the chosen tokens before the one to predict, Eq. (decoder-input).

    Args:
        ids: Tokens, shape `(..., N)`.
        chosen: Which ones are to be predicted, truth values, shape `(..., N)`.
        mask: Number of the mask token, which stands for all others.

    Returns:
        Tokens, shape `(..., N)`.
    """
    check_ids("ids", ids, None)
    check_mask("chosen", chosen, like=ids)
    check_count("mask", mask, least=0)
    known = torch.where(chosen, ids, mask)
    return F.pad(known, (1, 0), value=mask)[..., :-1]


def delete(ids: Tensor, gone: Tensor, *, padding: int) -> Tensor:
    """Leave out tokens; those after them move up, Eq. (delete).

    Args:
        ids: Tokens, shape `(..., N)`.
        gone: Truth values, shape `(..., N)`.
        padding: Number of the token that fills the row up.

    Returns:
        Tokens, shape `(..., N)`.
    """
    check_ids("ids", ids, None)
    check_mask("gone", gone, like=ids)
    check_count("padding", padding, least=0)
    order = gone.long().argsort(stable=True, dim=-1)
    kept = torch.where(gone, padding, ids)
    return kept.gather(-1, order)


@half_to_single
def rotate_text(
    ids: Tensor,
    seen: Tensor,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Begin each text at one of its tokens, the part before goes last, Eq. (rotate).

    Args:
        ids: Tokens, shape `(..., N)`.
        seen: True but for padding, which comes last, shape `(..., N)`.
        noise: Uniform from 0 to below 1, shape `(...)`; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Tokens, shape `(..., N)`.
    """
    check_ids("ids", ids, None)
    check_mask("seen", seen, like=ids)
    noise = uniform(ids.shape[:-1], ids, noise=noise, generator=generator)
    length = seen.sum(-1, keepdim=True).clamp(min=1)
    start = (noise[..., None].double() * length).long().minimum(length - 1)
    place = torch.arange(ids.shape[-1], device=ids.device)
    return ids.gather(-1, torch.where(seen, (place + start) % length, place))


@half_to_single
def permute_sentences(
    ids: Tensor,
    sentences: Tensor,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Put the sentences of each text into a random order, Eq. (permute).

    Args:
        ids: Tokens, shape `(..., N)`.
        sentences: Number of the sentence of each token, ascending from 0; -1 for
            padding, which comes last, shape `(..., N)`.
        noise: Uniform from 0 to below 1, shape `(..., N)`, of which the first entries
            count, one for each sentence; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Tokens, shape `(..., N)`.
    """
    check_ids("ids", ids, None)
    check_tensor("sentences", sentences)
    check_ids("sentences", sentences + 1, ids.shape[-1] + 1)
    if ids.shape != sentences.shape:
        shapes = tuple(ids.shape), tuple(sentences.shape)
        raise ValueError(f"ids and sentences must have one shape, got {shapes}")
    noise = uniform(ids.shape, ids, noise=noise, generator=generator)
    rank = noise.argsort(stable=True, dim=-1).argsort(-1)
    key = rank.gather(-1, sentences.clamp(min=0)).masked_fill(
        sentences < 0, ids.shape[-1]
    )
    return ids.gather(-1, key.argsort(stable=True, dim=-1))
