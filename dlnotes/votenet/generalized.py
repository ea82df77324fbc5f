"""Parts vote for the center of a shape without a formula: a codebook of offsets."""

import math
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite, check_members
from dlnotes.blocks.grouping import check_cloud, check_index
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.precision import half_to_single
from dlnotes.votenet.circles import cells_of, check_size
from dlnotes.votenet.lines import check_places


class Codebook(NamedTuple):
    """What was learned of a shape.

    Attributes:
        words: Typical descriptors, shape `(K, D)`.
        offsets: From parts of the shape to its center, x and y, shape `(M, 2)`.
        owners: The word of each of these parts, integers from 0 to K - 1, `(M,)`.
    """

    words: Tensor
    offsets: Tensor
    owners: Tensor


@half_to_single
def generalized_votes(
    points: Tensor, descriptors: Tensor, codebook: Codebook, size: tuple[int, int]
) -> Tensor:
    """Let parts vote for the center of their shape, Eq. (generalized-hough).

    A part finds the word nearest to its descriptor, and shares one vote equally among
    the offsets of this word. Votes outside of the table are lost, and so are those of
    a word that owns no offset.

    Args:
        points: Places of the parts, x and y, shape `(B, N, 2)`.
        descriptors: What they look like, shape `(B, N, D)`.
        codebook: What was learned.
        size: Rows `H` and columns `W` of the table.

    Returns:
        Shape `(B, H, W)`.
    """
    check_members("codebook", codebook)
    words, offsets, owners = codebook
    check_places("points", points)
    check_size("size", size)
    _check_codebook(codebook)
    found = nearest_words(descriptors, words)
    if found.shape != points.shape[:2]:
        shapes = tuple(points.shape), tuple(descriptors.shape)
        raise ValueError(f"must be (B, N, 2) and (B, N, D), got {shapes}")
    numbers = torch.arange(len(words), device=words.device)
    mine = owners == numbers[:, None]  # (K, M)
    shares = mine / mine.sum(1, keepdim=True).clamp(min=1)
    votes = points.new_zeros(len(points), math.prod(size))
    few = max(1, math.prod(size) // max(1, len(offsets)))
    pairs = zip(
        torch.split(points.detach(), few, 1), torch.split(found, few, 1), strict=True
    )
    for some, word in pairs:
        places = (some[:, :, None] + offsets.detach()).flatten(1, 2)
        cells, inside = cells_of(places, size)
        weights = shares.to(votes.dtype)[word].flatten(1, 2) * inside
        votes = votes.scatter_add(1, cells, weights)
    return rearrange(votes, "b (h w) -> b h w", h=size[0])


@half_to_single
def learn_codebook(
    descriptors: Tensor, offsets: Tensor, start: Tensor, *, steps: int = 10
) -> Codebook:
    """Learn words by some steps of k-means, and keep the offsets of each.

    Args:
        descriptors: Of all parts of the shapes to learn from, shape `(M, D)`.
        offsets: From these parts to the centers of their shapes, shape `(M, 2)`.
        start: Words to begin with, shape `(K, D)`, for instance some descriptors.
        steps: How often each word moves to the mean of the descriptors nearest to it;
            one that is nearest to none stays.

    Returns:
        The codebook.
    """
    tensors = {"descriptors": descriptors, "offsets": offsets, "start": start}
    for name, tensor in tensors.items():
        check_finite(name, tensor)
    check_count("steps", steps, least=0)
    if offsets.ndim != 2 or offsets.shape != (len(descriptors), 2):
        shapes = tuple(descriptors.shape), tuple(offsets.shape)
        raise ValueError(f"must be (M, D) and (M, 2), got {shapes}")
    words, descriptors = start.detach(), descriptors.detach()
    owners = nearest_words(descriptors[None], words)[0]
    for _ in range(steps):
        one = torch.ones_like(descriptors[:, :1])
        into = owners[:, None].expand(descriptors.shape)
        sums = torch.zeros_like(words).scatter_add(0, into, descriptors)
        counts = one.new_zeros(len(words), 1).scatter_add(0, into[:, :1], one)
        words = (sums / counts.clamp(min=1)).where(counts > 0, words)
        owners = nearest_words(descriptors[None], words)[0]
    return Codebook(words, offsets.detach(), owners)


@half_to_single
def nearest_words(descriptors: Tensor, words: Tensor) -> Tensor:
    """Find the word nearest to each descriptor, the first of several.

    Args:
        descriptors: Shape `(B, N, D)`.
        words: Shape `(K, D)`, one or more.

    Returns:
        Integers from 0 to K - 1, shape `(B, N)`.
    """
    check_cloud("descriptors", descriptors)
    check_finite("words", words)
    if words.ndim != 2:
        raise ValueError(f"words must have shape (K, D), got {tuple(words.shape)}")
    shared = words.expand(len(descriptors), *words.shape)
    return nearest_points(shared, descriptors, 1).indices[..., 0]


def _check_codebook(codebook: Codebook) -> None:
    words, offsets, owners = codebook
    check_places("offsets of codebook", offsets[None])
    if owners.shape != offsets.shape[:1]:
        shapes = tuple(offsets.shape), tuple(owners.shape)
        raise ValueError(f"offsets and owners must be (M, 2) and (M,), got {shapes}")
    check_index("owners", owners[None], words[None])
