"""Pairs of sentences: does the second follow the first, and in which order are they?"""

import torch
from torch import Generator, Tensor

from dlnotes.bert.embedding import check_ids
from dlnotes.bert.masking import check_mask, uniform
from dlnotes.blocks.checks import check_finite, first_where, holds
from dlnotes.blocks.precision import half_to_single


@half_to_single
def exactly_half(noise: Tensor) -> Tensor:
    """Choose half of the rows, Eq. (half).

    Args:
        noise: Independent and uniform, one number for each row, shape `(..., B)`.

    Returns:
        Truth values, shape `(..., B)`; of an odd number of rows the smaller half.
    """
    check_finite("noise", noise)
    if not noise.ndim:
        raise ValueError("noise must have shape (..., B), got a number")
    order = noise.argsort(stable=True, dim=-1)
    return order.argsort(-1) < noise.shape[-1] // 2


def has_next(documents: Tensor) -> Tensor:
    """Tell which sentences are followed by another one of their document.

    Args:
        documents: Number of the document of each sentence, ascending, shape `(..., S)`.

    Returns:
        Truth values, shape `(..., S)`.
    """
    check_documents("documents", documents)
    same = documents[..., 1:] == documents[..., :-1]
    return torch.nn.functional.pad(same, (0, 1))


@half_to_single
def next_sentence(
    documents: Tensor,
    first: Tensor,
    random: Tensor,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Give each sentence its next one, or one of another document, Eq. (next).

    Args:
        documents: Number of the document of each sentence, ascending, shape `(S,)`.
        first: Sentences that have a next one in their document, see `has_next`, shape
            `(B,)`.
        random: Truth values, shape `(B,)`: where the other kind is wanted. They are the
            labels, too: 0 for "is the next".
        noise: Uniform from 0 to below 1, shape `(B,)`; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Numbers of sentences, shape `(B,)`.
    """
    check_documents("documents", documents)
    check_ids("first", first, len(documents) - 1)
    check_mask("random", random, like=first)
    noise = uniform(first.shape, first, noise=noise, generator=generator)
    own = documents[first].contiguous()
    followed = documents[first + 1] == own
    if not holds(followed):
        odd = int(first_where(first, ~followed))
        raise ValueError(f"first must not end its document, got {odd}")
    begin = torch.searchsorted(documents, own)
    size = torch.searchsorted(documents, own, right=True) - begin
    rest = len(documents) - size
    if not holds(~random | (rest > 0)):
        raise ValueError("documents must be two or more, got one")
    other = (noise.double() * rest).long().minimum(rest - 1)
    other = other + torch.where(other >= begin, size, 0)
    return torch.where(random, other, first + 1)


def in_order(first: Tensor, second: Tensor, swapped: Tensor) -> tuple[Tensor, Tensor]:
    """Exchange the sentences of some pairs, Eq. (order).

    Args:
        first: Sentences, shape `(..., B)`.
        second: Their next ones, shape `(..., B)`.
        swapped: Truth values, shape `(..., B)`; the labels, 0 for "in order".

    Returns:
        First and second sentences, of the same shapes.
    """
    check_ids("first", first, None)
    check_ids("second", second, None)
    check_mask("swapped", swapped, like=first)
    check_mask("swapped", swapped, like=second)
    pair = torch.where(swapped, second, first), torch.where(swapped, first, second)
    return pair


def check_documents(name: str, documents: Tensor) -> None:
    """Refuse what does not number the documents of sentences in their order.

    Args:
        name: What the caller calls the tensor, for the message.
        documents: The tensor to check.
    """
    check_ids(name, documents, None)
    if not holds(documents[..., 1:] >= documents[..., :-1]):
        raise ValueError(f"{name} must ascend, got {documents.tolist()[:9]}, ...")
