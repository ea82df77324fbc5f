"""Estimators that keep the score function but subtract what it can predict."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Normal

from dlnotes.reparameterization.checks import (
    append_dims,
    check_open_unit,
    check_parameters,
    check_sample_shape,
    check_scale,
    common_shape,
    one_copy_per_sample,
    one_number_per_sample,
)
from dlnotes.reparameterization.pathwise import location_scale
from dlnotes.reparameterization.relaxations import (
    conditional_relaxation,
    logistic_relaxation,
)
from dlnotes.reparameterization.score_function import score


def relax_gradient(
    f: Callable[[Tensor], Tensor],
    control: Callable[[Tensor], Tensor],
    logits: Tensor,
    uniform: Tensor,
    conditional_uniform: Tensor,
) -> Tensor:
    r"""Subtract any differentiable function of the relaxed bits, Eq. (relax).

    One sample is a vector of independent bits, of the shape `event` of `logits`.

    Args:
        f: Maps bits `(..., *event)` to one number per sample, `(...)`. It is never
            differentiated, and may be a black box.
        control: Maps relaxed bits `(..., *event)`, real numbers, to one number per
            sample, differentiably and without jumps; for example a small network.
        logits: Log-odds of the bits, shape `event`.
        uniform: Noise of the relaxation, strictly between 0 and 1, `(..., *event)`.
        conditional_uniform: Independent noise of the conditional relaxation, same
            shape.

    Returns:
        Per-sample gradients with respect to the logits, `(..., *event)`. They are
        attached to the parameters that `control` holds, if any, and to nothing else.

    Raises:
        TypeError: If an argument is not a floating-point tensor, or `f` or `control`
            does not return a tensor.
        ValueError: If shapes do not match, the noise leaves its interval, or
            `control` is not differentiable.
    """
    check_parameters((logits,), ("logits",))
    check_open_unit(uniform, "uniform")
    check_open_unit(conditional_uniform, "conditional_uniform")
    lead = check_sample_shape(uniform, logits.shape, "uniform")
    if conditional_uniform.shape != uniform.shape:
        raise ValueError(
            f"conditional_uniform must have shape {tuple(uniform.shape)}, that of "
            f"uniform, got {tuple(conditional_uniform.shape)}"
        )
    (copies,) = one_copy_per_sample((logits,), lead, logits.ndim)
    z = logistic_relaxation(logits.detach(), uniform)
    bits = (z > 0).to(logits.dtype)
    with torch.enable_grad():
        z_given = conditional_relaxation(copies, bits, conditional_uniform)
        (dz_given,) = torch.autograd.grad(z_given.sum(), copies)
    with torch.no_grad():
        values = one_number_per_sample(f, bits, lead, logits.dtype)
    _, dc = _value_and_slope(control, z, lead)
    c_given, dc_given = _value_and_slope(control, z_given.detach(), lead)

    scores = bits - logits.detach().sigmoid()
    earned = append_dims(values - c_given, scores.ndim)
    return earned * scores + dc - dc_given * dz_given  # dz / d logit is 1


def rebar_gradient(
    f: Callable[[Tensor], Tensor],
    logits: Tensor,
    uniform: Tensor,
    conditional_uniform: Tensor,
    *,
    temperature: float | Tensor = 1.0,
    eta: float | Tensor = 1.0,
) -> Tensor:
    r"""Let f itself, at relaxed bits, be the control variate, Eq. (rebar).

    Args:
        f: Maps bits `(..., *event)` to one number per sample, `(...)`. It is also
            called with, and differentiated at, numbers between 0 and 1.
        logits: Log-odds of the bits, shape `event`.
        uniform: Noise of the relaxation, strictly between 0 and 1, `(..., *event)`.
        conditional_uniform: Independent noise of the conditional relaxation, same
            shape.
        temperature: Positive; the relaxed bits are `sigmoid(z / temperature)`.
        eta: Weight of the control variate. Any number keeps the estimate unbiased; 0
            leaves the score-function estimator.

    Returns:
        Per-sample gradients with respect to the logits, `(..., *event)`; attached to
        `temperature` and `eta` if those require gradients.

    Raises:
        TypeError: If an argument is not a floating-point tensor, or `f` does not
            return a tensor.
        ValueError: If shapes do not match, the noise leaves its interval, the
            temperature is not positive, or `f` is not differentiable.
    """
    settings = (torch.as_tensor(temperature).double(), torch.as_tensor(eta).double())
    check_parameters(settings, ("temperature", "eta"))
    check_scale(settings[0], "temperature")

    def control(z: Tensor) -> Tensor:
        return eta * f((z / temperature).sigmoid())

    return relax_gradient(f, control, logits, uniform, conditional_uniform)


def lax_gradient(
    f: Callable[[Tensor], Tensor],
    control: Callable[[Tensor], Tensor],
    loc: Tensor,
    scale: Tensor,
    noise: Tensor,
) -> tuple[Tensor, Tensor]:
    r"""Score what a control misses, follow the control's slope, Eq. (lax).

    One sample is a vector of independent normal variables, of the shape `event` to
    which `loc` and `scale` broadcast.

    Args:
        f: Maps samples `(..., *event)` to one number per sample, `(...)`. It is never
            differentiated, and may be a black box.
        control: Maps samples to one number per sample, differentiably and without
            jumps. With `f` itself the estimator is the pathwise one, with a constant
            added the same; with 0 times anything it is the score function's.
        loc: Means.
        scale: Standard deviations, positive.
        noise: Standard normal noise, shape `(..., *event)`.

    Returns:
        Per-sample gradients with respect to `loc`, `(..., *loc.shape)`, and to
        `scale`, `(..., *scale.shape)`. They are attached to the parameters that
        `control` holds, if any, and to nothing else.

    Raises:
        TypeError: If an argument is not a floating-point tensor, or `f` or `control`
            does not return a tensor.
        ValueError: If shapes do not match, the scale is not positive, or `control` is
            not differentiable.
    """
    check_parameters((loc, scale, noise), ("loc", "scale", "noise"))
    event = common_shape((loc, scale))
    lead = check_sample_shape(noise, event, "noise")
    z = location_scale(noise, loc, scale).detach()
    with torch.no_grad():
        values = one_number_per_sample(f, z, lead, loc.dtype)
    c, dc = _value_and_slope(control, z, lead)
    scores = score(Normal, (loc, scale), z)
    slopes = (dc, dc * noise.detach())  # of z = loc + scale * noise

    def combine(parameter: Tensor, scores: Tensor, slope: Tensor) -> Tensor:
        padded = (1,) * (len(event) - parameter.ndim) + parameter.shape
        pathwise = slope.sum_to_size(lead + padded).reshape(lead + parameter.shape)
        return append_dims(values - c, scores.ndim) * scores + pathwise

    by_loc, by_scale = map(combine, (loc, scale), scores, slopes)
    return by_loc, by_scale


def second_moment(gradients: Tensor) -> Tensor:
    r"""Measure what an unbiased estimator can lower, Eq. (second-moment).

    The gradient of the mean square in the parameters of a control variate is, without
    bias, that of the variance: the mean does not depend on them.

    Args:
        gradients: Per-sample gradients of one parameter, attached to the control
            variate, shape `(..., *parameter.shape)`.

    Returns:
        Mean of the squares, a scalar to call `backward` on.

    Raises:
        ValueError: If the gradients are not attached to any parameter.
    """
    if not gradients.requires_grad:
        raise ValueError("gradients must be attached to a control variate's parameters")
    return gradients.square().mean()


def _value_and_slope(
    control: Callable[[Tensor], Tensor], z: Tensor, lead: torch.Size
) -> tuple[Tensor, Tensor]:
    def total(z: Tensor) -> tuple[Tensor, Tensor]:
        values = one_number_per_sample(control, z, lead, z.dtype)
        if not values.requires_grad:
            raise ValueError(
                "a control variate must be differentiable in its samples; "
                "a constant is a baseline of score_function_gradient"
            )
        return values.sum(), values

    # Unlike autograd.grad with create_graph, this leaves the slope attached to the
    # control's own parameters only, so that a fixed control costs no graph.
    with torch.enable_grad():
        slope, values = torch.func.grad(total, has_aux=True)(z)
    return values, slope
