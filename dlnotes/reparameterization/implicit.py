"""Gradients of samples whose CDF is known but cannot be inverted."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite, first_where, holds
from dlnotes.blocks.precision import widen_half


@widen_half
def implicit_reparameterize(samples: Tensor, cdf: Tensor, log_prob: Tensor) -> Tensor:
    r"""Attach samples to the parameters of their CDF, Eq. (implicit).

    Samples from any sampler will do, also one that rejects proposals. Only first
    derivatives are right.

    Args:
        samples: Samples of one-dimensional distributions, shape `(...)`.
        cdf: Their CDF at `detached` samples, attached to the parameters, same shape.
        log_prob: The logarithm of their density, same shape.

    Returns:
        The samples, same values, whose gradient with respect to the parameters is
        that of Eq. (implicit).

    Raises:
        ValueError: If a density is too small for its dtype to divide by.
    """
    check_finite("samples", samples)
    check_finite("cdf", cdf)
    check_finite("log_prob", log_prob)
    if not samples.shape == cdf.shape == log_prob.shape:
        raise ValueError(
            "samples, cdf and log_prob must have the same shape, got "
            f"{tuple(samples.shape)}, {tuple(cdf.shape)} and {tuple(log_prob.shape)}"
        )
    density = log_prob.detach().exp()
    enough = density >= torch.finfo(density.dtype).smallest_normal
    if not holds(enough):
        odd = first_where(log_prob, ~enough)
        raise ValueError(f"log_prob must not be so small that exp vanishes, got {odd}")
    # The bracket is exactly 0 in value.
    return samples.detach() - (cdf - cdf.detach()) / density
