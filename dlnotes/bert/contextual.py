"""Vectors of one word in different contexts."""

import torch
from torch import Generator, Tensor
from torch.nn.functional import normalize

from dlnotes.bert.masking import check_mask, uniform
from dlnotes.blocks.checks import check_count, check_finite, holds
from dlnotes.blocks.magnitude import near_one
from dlnotes.blocks.precision import half_to_single, widen_half


@widen_half
def centered_cosines(vectors: Tensor) -> Tensor:
    """Compare directions after the mean is taken out, Eq. (centered-cosine).

    Args:
        vectors: One for each occurrence of a word, `(..., M, D)`.

    Returns:
        Cosines, shape `(..., M, M)`; 0 for a vector that is the mean.
    """
    check_finite("vectors", vectors)
    if vectors.ndim < 2 or 0 in vectors.shape[-2:]:
        shape = tuple(vectors.shape)
        raise ValueError(f"vectors must be (..., M, D), none of them 0, got {shape}")
    vectors = near_one(vectors, (-2, -1))
    centered = vectors - vectors.mean(-2, keepdim=True)
    largest = vectors.detach().abs().amax((-2, -1), keepdim=True)
    rounding = 16 * torch.finfo(vectors.dtype).eps * largest
    is_mean = (centered.detach().abs() <= rounding).all(-1, keepdim=True)
    scaled = normalize(near_one(centered.masked_fill(is_mean, 0)), dim=-1, eps=1e-30)
    return scaled @ scaled.mT


@widen_half
def sense_gap(similarity: Tensor, sense: Tensor) -> Tensor:
    """Average within the senses of a word, minus between them, Eq. (sense-gap).

    Args:
        similarity: Of pairs of occurrences, symmetric, `(M, M)`.
        sense: Truth values `(..., M)`: which of two senses an occurrence has. Each has
            two occurrences or more.

    Returns:
        One number for each row of `sense`, shape `(...)`.
    """
    check_finite("similarity", similarity)
    check_mask("sense", sense)
    if similarity.shape != (sense.shape[-1],) * 2:
        shapes = tuple(similarity.shape), tuple(sense.shape)
        raise ValueError(f"must be (M, M) and (..., M), got {shapes}")
    count = sense.sum(-1).to(similarity.dtype)
    rest = sense.shape[-1] - count
    if not holds(torch.minimum(count, rest) >= 2):
        raise ValueError("sense must have two occurrences of each, got fewer")
    sign = 2 * sense.to(similarity.dtype) - 1
    signed = ((sign @ similarity) * sign).sum(-1)  # same senses minus different ones
    total, self_ = similarity.sum(), similarity.diagonal().sum()
    pairs = count * (count - 1) + rest * (rest - 1)
    within = ((total + signed) / 2 - self_) / pairs
    return within - (total - signed) / 2 / (2 * count * rest)


@half_to_single
def permutation_p_value(
    similarity: Tensor,
    sense: Tensor,
    *,
    draws: int = 999,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Tell how often shuffled senses are as far apart, Eq. (permutation).

    Args:
        similarity: Of pairs of occurrences, symmetric, `(M, M)`.
        sense: Truth values `(M,)`.
        draws: How many times the senses are shuffled, `R`, if no noise is given.
        noise: Independent and uniform, `(R, M)`; drawn if it is not given.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        A probability from 1 / (R + 1) to 1. Gaps that are equal to rounding count as
        equal.
    """
    check_count("draws", draws)
    if noise is not None:
        check_finite("noise", noise)
    found = sense_gap(similarity, sense)
    shape = (draws if noise is None else len(noise), *sense.shape)
    noise = uniform(shape, similarity, noise=noise, generator=generator)
    shuffled = sense_gap(similarity, sense[noise.argsort(stable=True, dim=-1)])
    slack = 1e3 * torch.finfo(similarity.dtype).eps * similarity.abs().amax()
    as_large = (shuffled >= found - slack).sum()
    return (1 + as_large).to(similarity.dtype) / (1 + len(noise))
