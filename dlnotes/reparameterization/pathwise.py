"""Samples as differentiable functions of parameters, and the gradient through them."""

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor
from torch.distributions import Distribution

from dlnotes.reparameterization.checks import (
    as_parameters,
    check_open_unit,
    check_parameters,
    check_sample_shape,
    check_scale,
    common_shape,
    one_copy_per_sample,
    one_number_per_sample,
)


def location_scale(noise: Tensor, loc: Tensor, scale: Tensor) -> Tensor:
    r"""Shift and stretch noise, Eq. (location-scale).

    Args:
        noise: Standard noise of the family: normal, Laplace, logistic, Student.
            Shape `(..., *event)`, where `event` is what `loc` and `scale` broadcast
            to.
        loc: Location, floating point.
        scale: Scale, positive.

    Returns:
        Samples of the shape of `noise`, differentiable in `loc` and `scale`.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If an argument is not finite, the scale is not positive, or the
            noise does not have one number for each entry of a sample.
    """
    check_parameters((noise, loc, scale), ("noise", "loc", "scale"))
    check_scale(scale)
    check_sample_shape(noise, common_shape((loc, scale)), "noise")
    return loc + scale * noise


def open_uniform(
    *shape: int,
    dtype: torch.dtype = torch.float32,
    generator: Generator | None = None,
) -> Tensor:
    """Draw uniform noise that is neither 0 nor 1, as Eq. (inverse-cdf) needs.

    `torch.rand` can return exactly 0, where many inverse CDFs are infinite.

    Args:
        shape: Shape of the noise.
        dtype: Its floating-point type.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Noise strictly between 0 and 1.
    """
    uniform = torch.rand(shape, dtype=dtype, generator=generator)
    # Half the spacing of torch.rand's grid: the middle of the cell that 0 stands for.
    return uniform.clamp(min=torch.finfo(dtype).eps / 4)


def inverse_cdf(uniform: Tensor, distribution: Distribution) -> Tensor:
    r"""Push uniform noise through an inverse CDF, Eq. (inverse-cdf).

    Args:
        uniform: Noise strictly between 0 and 1, shape `(..., *batch_shape)`.
        distribution: A continuous distribution of real numbers with an `icdf`.

    Returns:
        Samples of the shape of `uniform`, differentiable in the distribution's
        parameters.

    Raises:
        TypeError: If `uniform` is not a floating-point tensor.
        ValueError: If `uniform` leaves the open interval, its shape does not end in
            the distribution's, or the distribution has no inverse CDF.
    """
    check_open_unit(uniform, "uniform")
    check_sample_shape(uniform, distribution.batch_shape, "uniform")
    try:
        return distribution.icdf(uniform)
    except NotImplementedError:
        raise ValueError(
            f"{type(distribution).__name__} has no inverse CDF; "
            "implicit_reparameterize needs only its CDF"
        ) from None


def pathwise_gradient(
    f: Callable[[Tensor], Tensor],
    transform: Callable[..., Tensor],
    parameters: Sequence[Tensor],
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
        detached. Their mean estimates the gradient of the expectation without bias,
        if `f` has no jumps.

    Raises:
        TypeError: If a parameter is not a floating-point tensor, or `f` does not
            return a tensor.
        ValueError: If shapes do not match, `f` returns another number of values than
            one per sample, or is not differentiable.
    """
    parameters = as_parameters(parameters)
    check_parameters((noise,), ("noise",))
    event = common_shape(parameters)
    lead = check_sample_shape(noise, event, "noise")
    with torch.enable_grad():
        copies = one_copy_per_sample(parameters, lead, len(event))
        z = transform(noise.detach(), *copies)
        leaf = z.detach().requires_grad_()
        values = one_number_per_sample(f, leaf, lead, noise.dtype)
        if not values.requires_grad:
            raise ValueError(_NOT_DIFFERENTIABLE)
        (df,) = torch.autograd.grad(values.sum(), leaf, allow_unused=True)
        if df is None:
            raise ValueError(_NOT_DIFFERENTIABLE)
        gradients = torch.autograd.grad(z, copies, df, allow_unused=True)
    return tuple(
        parameter.new_zeros(lead + parameter.shape)
        if gradient is None
        else gradient.reshape(lead + parameter.shape)
        for gradient, parameter in zip(gradients, parameters, strict=True)
    )


_NOT_DIFFERENTIABLE = (
    "f does not depend differentiably on its samples; "
    "score_function_gradient needs no derivative of f"
)
