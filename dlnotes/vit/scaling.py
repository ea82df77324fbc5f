"""Why scores are divided by the root of the length of a key."""

from torch import Tensor

from dlnotes.blocks.checks import check_finite
from dlnotes.blocks.precision import widen_half


@widen_half
def score_moments(query: Tensor, key: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of the scores of all queries and keys, Eq. (score-variance).

    Args:
        query: Shape `(N, D)`.
        key: Shape `(M, D)`.

    Returns:
        Two numbers, of the products that are not yet divided.
    """
    check_finite("query", query)
    check_finite("key", key)
    if query.ndim != 2 or key.ndim != 2 or not (len(query) and len(key)):
        shapes = tuple(query.shape), tuple(key.shape)
        raise ValueError(f"query and key must be (N, D) and (M, D), got {shapes}")
    scores = query @ key.mT
    mean = scores.mean()
    return mean, (scores - mean).square().mean()


@widen_half
def softmax_freedom(weights: Tensor) -> Tensor:
    r"""How far a softmax still follows its scores, Eq. (softmax-slope).

    Args:
        weights: Results of a softmax, shape `(..., M)`.

    Returns:
        The trace of the matrix of derivatives, shape `(...)`: `1 - 1 / M` for equal
        weights, 0 where one key has all of it and no gradient passes.

    Examples:
        >>> import torch
        >>> softmax_freedom(torch.tensor([[0.5, 0.5], [1.0, 0.0]]))
        tensor([0.5000, 0.0000])
    """
    check_finite("weights", weights)
    return (weights * (1 - weights)).sum(-1)
