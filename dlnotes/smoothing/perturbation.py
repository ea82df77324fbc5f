"""Smoothing by noise: the mean of a maximum over perturbed values."""

from torch import Generator, Tensor

from dlnotes.blocks.checks import check_positive
from dlnotes.gumbel_softmax.gumbel import EULER_GAMMA, given_or_drawn
from dlnotes.smoothing.checks import check_values


def perturbed_max(
    values: Tensor,
    sharpness: float,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Add Gumbel noise, take the maximum, remove the mean noise, Eq. (perturbed-max).

    Args:
        values: Finite numbers, shape `(..., K)`; expand them to `(S, ..., K)` for `S`
            draws.
        sharpness: Positive; the noise is divided by it.
        noise: Standard Gumbel noise that broadcasts with the values, shape
            `(..., K)`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Unbiased estimates of the smooth maximum, one for each draw, shape `(...)`.
        Their gradient is the one-hot vector of the winner.

    Raises:
        TypeError: If a tensor is not floating-point.
        ValueError: If a value is not finite, the sharpness is not positive, or the
            noise does not fit.
    """
    check_values("values", values)
    check_positive("sharpness", sharpness)
    drawn = given_or_drawn(values, noise, generator)
    return (values + (drawn - EULER_GAMMA) / sharpness).amax(-1)
