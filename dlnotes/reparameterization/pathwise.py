"""Samples as differentiable functions of parameters, and the gradient through them."""

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor
from torch.distributions import Distribution

from dlnotes.blocks.checks import check_count, check_finite
from dlnotes.blocks.precision import widen_half
from dlnotes.reparameterization._samples import (
    one_copy_per_sample,
    one_number_per_sample,
    slope_per_sample,
)
from dlnotes.reparameterization.checks import (
    check_open_unit,
    check_parameters,
    check_samples,
    check_scale,
    common_shape,
)


@widen_half
def location_scale(noise: Tensor, loc: Tensor, scale: Tensor) -> Tensor:
    r"""Shift and stretch noise, Eq. (location-scale).

    Args:
        noise: Standard noise of the family: normal, Laplace, logistic, Gumbel, Cauchy,
            Student. Shape `(..., *event)`, where `event` is what `loc` and `scale`
            broadcast to: one number for each entry of a sample.
        loc: Location.
        scale: Scale, positive.

    Returns:
        Samples of the shape of `noise`, differentiable in `loc` and `scale`.

    Examples:
        >>> noise = torch.tensor([-1.0, 2.0])
        >>> location_scale(noise, torch.tensor(5.0), torch.tensor(0.5))
        tensor([4.5000, 6.0000])
    """
    check_finite("noise", noise)
    check_finite("loc", loc)
    check_scale("scale", scale)
    check_samples("noise", noise, common_shape(loc, scale))
    return loc + scale * noise


def open_uniform(
    *shape: int,
    dtype: torch.dtype = torch.float32,
    generator: Generator | None = None,
) -> Tensor:
    """Draw uniform noise that is neither 0 nor 1, as Eq. (icdf) needs.

    `torch.rand` can return exactly 0, where many inverse CDFs are infinite.

    Args:
        shape: Shape of the noise.
        dtype: float32 or float64; noise does not live in half precision.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Noise strictly between 0 and 1.
    """
    for size in shape:
        check_count("shape", size, least=0)
    if dtype not in (torch.float32, torch.float64):
        raise TypeError(f"dtype must be torch.float32 or torch.float64, got {dtype}")
    uniform = torch.rand(shape, dtype=dtype, generator=generator)
    # Half the spacing of torch.rand's grid: the middle of the cell that 0 stands for.
    return uniform.clamp(min=torch.finfo(dtype).eps / 4)


@widen_half
def icdf(uniform: Tensor, distribution: Distribution) -> Tensor:
    r"""Push uniform noise through an inverse CDF, Eq. (icdf).

    Args:
        uniform: Noise strictly between 0 and 1, shape `(..., *batch_shape)`.
        distribution: A continuous distribution of real numbers with an `icdf`.

    Returns:
        Samples of the shape of `uniform`, differentiable in the distribution's
        parameters, computed in float64.

    Raises:
        ValueError: If the distribution has no inverse CDF, or a sample is too large for
            float32, or for float64 where `uniform` has it. Half precision has room for
            less: there a sample may round to infinity.

    Examples:
        >>> icdf(torch.tensor(0.5), torch.distributions.Exponential(2.0))
        tensor(0.3466)
    """
    check_open_unit("uniform", uniform)
    check_samples("uniform", uniform, distribution.batch_shape)
    try:
        samples = distribution.icdf(uniform.double())
    except NotImplementedError:
        raise ValueError(
            f"{type(distribution).__name__} has no inverse CDF; "
            "implicit_reparameterize needs only its CDF"
        ) from None
    samples = samples.to(uniform.dtype)
    check_finite("the inverse CDF of uniform", samples)
    return samples


@widen_half
def pathwise_gradient(
    f: Callable[[Tensor], Tensor],
    transform: Callable[..., Tensor],
    parameters: Sequence[Tensor],
    *,
    noise: Tensor,
) -> tuple[Tensor, ...]:
    r"""Differentiate through the sample, Eq. (pathwise).

    One sample has the shape `event` to which the parameters broadcast.

    Args:
        f: Maps samples `(..., *event)` to one number per sample, `(...)`, each from
            its own sample only, and differentiably. A step whose derivative torch
            takes to be 0, such as `torch.round`, silently yields 0 here.
        transform: Maps noise and the parameters, elementwise, to samples; for
            example `location_scale`.
        parameters: One floating-point tensor per parameter.
        noise: Noise without parameters, shape `(..., *event)`.

    Returns:
        Per-sample gradients, one tensor `(..., *parameter.shape)` per parameter,
        detached. Under the hypothesis of the equation, which jumps and kinks at one
        parameter for all noise break, their mean estimates the gradient of the
        expectation without bias.

    Raises:
        ValueError: If what `f` returns has no derivative, or is not one finite number
            per sample.

    Examples:
        >>> normal = torch.tensor(3.0), torch.tensor(1.0)
        >>> pathwise_gradient(
        ...     torch.square, location_scale, normal, noise=torch.tensor([-1.0, 2.0])
        ... )
        (tensor([ 4., 10.]), tensor([-4., 20.]))
    """
    parameters = check_parameters("parameters", parameters)
    check_finite("noise", noise)
    event = common_shape(*parameters)
    lead = check_samples("noise", noise, event)

    def h(*theta: Tensor) -> Tensor:
        z = transform(noise.detach(), *theta)
        return _attached(one_number_per_sample("f", f, z, lead, z.dtype))

    copies = one_copy_per_sample(parameters, lead, len(event))
    return slope_per_sample(h, copies, parameters, lead)


def _attached(values: Tensor) -> Tensor:
    if not values.requires_grad:
        raise ValueError(
            "f does not depend differentiably on its samples; "
            "score_function_gradient needs no derivative of f"
        )
    return values
