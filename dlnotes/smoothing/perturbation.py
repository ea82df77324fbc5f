"""Smoothing by noise: the mean of a maximum over perturbed values."""

from torch import Generator, Tensor

from dlnotes.blocks.checks import Parameter
from dlnotes.blocks.precision import widen_half
from dlnotes.gumbel_softmax.gumbel import EULER_GAMMA, given_or_drawn
from dlnotes.smoothing._rows import check_row


@widen_half
def perturbed_max(
    values: Tensor,
    sharpness: Parameter,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Add Gumbel noise, take the maximum, remove the mean noise, Eq. (perturbed-max).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry. Expand them to
            `(S, ..., K)` for `S` draws.
        sharpness: Positive; the noise is divided by it.
        noise: Standard Gumbel noise that broadcasts with the values, shape
            `(..., K)`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Unbiased estimates of the smooth maximum, one for each draw, shape `(...)`.
        Their gradient is the one-hot vector of the winner.
    """
    check_row("values", values, sharpness)
    drawn = given_or_drawn(values, noise=noise, generator=generator)
    return (values + (drawn - EULER_GAMMA) / sharpness).amax(-1)
