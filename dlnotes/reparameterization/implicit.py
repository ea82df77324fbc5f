"""Gradients of samples whose CDF is known but cannot be inverted."""

import math

import torch
from torch import Tensor

from dlnotes.reparameterization.checks import (
    check_parameters,
    check_scale,
    common_shape,
)


def implicit_reparameterize(samples: Tensor, cdf: Tensor, density: Tensor) -> Tensor:
    r"""Attach samples to the parameters of their CDF, Eq. (implicit).

    Samples from any sampler will do, also one that rejects proposals. Only first
    derivatives are right.

    Args:
        samples: Samples of one-dimensional distributions, shape `(...)`.
        cdf: Their CDF at `detached` samples, attached to the parameters, same shape.
        density: Their density, positive, same shape.

    Returns:
        The samples, same values, whose gradient with respect to the parameters is
        that of Eq. (implicit).

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If an argument is not finite, the shapes differ, the CDF is not
            attached to any parameter, or a density is not positive.
    """
    check_parameters((samples, cdf, density), ("samples", "cdf", "density"))
    if not samples.shape == cdf.shape == density.shape:
        raise ValueError(
            "samples, cdf and density must have the same shape, got "
            f"{tuple(samples.shape)}, {tuple(cdf.shape)} and {tuple(density.shape)}"
        )
    if not cdf.requires_grad:
        raise ValueError("cdf must be differentiable in the parameters")
    check_scale(density, "density")
    # The bracket is exactly 0 in value.
    return samples.detach() - (cdf - cdf.detach()) / density.detach()


def gamma_cdf(z: Tensor, concentration: Tensor) -> Tensor:
    r"""CDF of the Gamma distribution of rate 1, Eq. (gamma-cdf).

    The series is summed in float64 and differentiates term by term, which
    `torch.special.gammainc` does not in its first argument.

    Args:
        z: Positive, any shape that broadcasts with `concentration`. Terms grow in
            number like the largest `z`.
        concentration: The shape parameter, positive.

    Returns:
        The CDF, of the broadcast shape and the dtype of `z`, differentiable in both.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If an entry is not finite or not positive.
    """
    check_parameters((z, concentration), ("z", "concentration"))
    check_scale(z, "z")
    check_scale(concentration, "concentration")
    x, a = z.double(), concentration.double()
    # Term n is a Poisson-like weight around n = z - a; ten standard deviations past
    # z, and 50 for small z, what is left out is below the rounding.
    largest = x.max().item() if x.numel() else 0.0
    n = torch.arange(math.ceil(largest + 10 * math.sqrt(largest)) + 50, device=x.device)
    power = a.unsqueeze(-1) + n
    x = x.unsqueeze(-1)
    terms = (power * x.log() - x - torch.lgamma(power + 1)).exp()
    return terms.sum(dim=-1).to(z.dtype)


def gamma_density(z: Tensor, concentration: Tensor) -> Tensor:
    r"""Density of the Gamma distribution of rate 1, the slope of Eq. (gamma-cdf).

    Args:
        z: Positive, any shape that broadcasts with `concentration`.
        concentration: The shape parameter, positive.

    Returns:
        Densities, of the broadcast shape.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If an entry is not finite or not positive.
    """
    check_parameters((z, concentration), ("z", "concentration"))
    check_scale(z, "z")
    check_scale(concentration, "concentration")
    log_constant = torch.lgamma(concentration)
    return ((concentration - 1) * z.log() - z - log_constant).exp()


def gamma_reparameterize(samples: Tensor, concentration: Tensor) -> Tensor:
    r"""Attach Gamma samples to their shape parameter, Eq. (implicit).

    Args:
        samples: Samples of rate 1, positive, shape `(...)`; divide the result by a
            rate for other rates.
        concentration: The shape parameter, positive; broadcasts to `(...)`.

    Returns:
        The samples, same values, differentiable in `concentration`.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If an entry is not finite or not positive.
    """
    check_parameters((samples, concentration), ("samples", "concentration"))
    if common_shape((samples, concentration)) != samples.shape:
        raise ValueError(
            f"concentration must broadcast to {tuple(samples.shape)}, the shape of "
            f"samples, got {tuple(concentration.shape)}"
        )
    z, a = samples.detach(), concentration.expand(samples.shape)
    density = gamma_density(z, a.detach())
    return implicit_reparameterize(z, gamma_cdf(z, a), density)
