"""The same convolution without the kernel of each neighbor."""

from torch import Tensor

from dlnotes.blocks.checks import check_floating
from dlnotes.blocks.precision import widen_half
from dlnotes.pointconv.continuous import check_factors


@widen_half
def factorized_kernel(hidden: Tensor, last: Tensor) -> Tensor:
    """Weights whose last layer is linear, Eq. (factorized).

    Args:
        hidden: What the weight network has before its last layer, shape `(..., K, M)`.
        last: That layer, shape `(M, C, O)`.

    Returns:
        Shape `(..., K, C, O)`.
    """
    _check_factors(hidden, last)
    flat = hidden @ last.flatten(1)
    return flat.view(*hidden.shape[:-1], *last.shape[1:])


@widen_half
def efficient_convolution(
    features: Tensor, hidden: Tensor, last: Tensor, *, scale: Tensor | None = None
) -> Tensor:
    """Convolve with the sums over neighbors and over M exchanged, Eq. (efficient).

    Args:
        features: Of the neighbors of each point, shape `(..., K, C)`.
        hidden: What the weight network has before its last layer, shape `(..., K, M)`.
        last: That layer, shape `(M, C, O)`.
        scale: Inverse density at the neighbors, shape `(..., K)`; by default 1. It
            multiplies the smaller one of features and hidden, which is the same.

    Returns:
        Shape `(..., O)`.
    """
    check_floating("features", features)
    _check_factors(hidden, last)
    fits = features.ndim > 1 and features.shape[:-1] == hidden.shape[:-1]
    if not fits or features.shape[-1] != last.shape[1]:
        shapes = [tuple(x.shape) for x in (features, hidden, last)]
        raise ValueError(f"must be (..., K, C), (..., K, M), (M, C, O), got {shapes}")
    if scale is not None:
        check_factors("scale", scale, features)
        if hidden.shape[-1] < features.shape[-1]:
            hidden = hidden * scale[..., None]
        else:
            features = features * scale[..., None]
    summed = features.mT @ hidden  # (..., C, M)
    return summed.flatten(-2) @ last.transpose(0, 1).flatten(0, 1)


def _check_factors(hidden: Tensor, last: Tensor) -> None:
    check_floating("hidden", hidden)
    check_floating("last", last)
    if hidden.ndim < 2 or last.ndim != 3 or len(last) != hidden.shape[-1]:
        shapes = tuple(hidden.shape), tuple(last.shape)
        raise ValueError(f"must be (..., K, M) and (M, C, O), got {shapes}")
    if hidden.dtype != last.dtype:
        dtypes = hidden.dtype, last.dtype
        raise TypeError(f"hidden and last must have one dtype, got {dtypes}")
