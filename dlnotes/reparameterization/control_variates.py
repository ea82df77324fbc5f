"""Estimators that keep the score function but subtract what it can predict."""

from collections.abc import Callable

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_finite, check_positive
from dlnotes.blocks.precision import widen_half
from dlnotes.reparameterization._samples import (
    append_dims,
    differentiate,
    one_copy_per_sample,
    one_number_per_sample,
)
from dlnotes.reparameterization.checks import (
    check_number,
    check_open_unit,
    check_samples,
    common_shape,
)
from dlnotes.reparameterization.pathwise import location_scale
from dlnotes.reparameterization.relaxations import (
    conditional_relaxation,
    logistic_relaxation,
)


@widen_half
def relax_gradient(
    f: Callable[[Tensor], Tensor],
    control: Callable[[Tensor], Tensor],
    logits: Tensor,
    *,
    noise: tuple[Tensor, Tensor],
) -> Tensor:
    r"""Subtract what a function of the relaxed bits predicts, Eq. (relax).

    One sample is a vector of independent bits, of the shape `event` of `logits`.

    Args:
        f: Maps bits `(..., *event)` to one number per sample, `(...)`. It is never
            differentiated, and may be a black box.
        control: Maps relaxed bits `(..., *event)`, real numbers, to one number per
            sample, differentiably and without jumps; for example a small network. It
            and its slope must have a finite mean, which `exp` does not have.
        logits: Log-odds of the bits, shape `event`.
        noise: $u$ and $v$, independent uniform noise of the relaxation and of the
            conditional one, strictly between 0 and 1, each `(..., *event)`.

    Returns:
        Per-sample gradients with respect to the logits, `(..., *event)`. They are
        attached to the parameters that `control` holds, if any, and to nothing else.

    Raises:
        ValueError: If `control` is not differentiable.
    """
    a, u, v, lead = _detached(logits, noise)
    z = logistic_relaxation(a, noise=u)
    b = (z > 0).to(a.dtype)
    z_given, dz_given = _again(a, b, v, lead)
    f_b = _value(f, b, lead)
    _, dc = _value_and_slope(control, z, lead)
    c_given, dc_given = _value_and_slope(control, z_given, lead)
    s = _score_of_bits(a, b)
    earned = append_dims(f_b - c_given, s.ndim)
    return earned * s + dc - dc_given * dz_given  # the slope of z in a is 1


@widen_half
def rebar_gradient(
    f: Callable[[Tensor], Tensor],
    logits: Tensor,
    *,
    temperature: Parameter = 1.0,
    eta: Parameter = 1.0,
    noise: tuple[Tensor, Tensor],
) -> Tensor:
    r"""Let f itself, at relaxed bits, be the control variate, Eq. (rebar).

    Args:
        f: Maps bits `(..., *event)` to one number per sample, `(...)`. It is also
            called with, and differentiated at, numbers between 0 and 1.
        logits: Log-odds of the bits, shape `event`.
        temperature: Positive; the relaxed bits are `sigmoid(z / temperature)`.
        eta: Weight of the control variate. The estimate is unbiased for any number; 0
            leaves the score-function estimator.
        noise: $u$ and $v$, independent uniform noise of the relaxation and of the
            conditional one, strictly between 0 and 1, each `(..., *event)`.

    Returns:
        Per-sample gradients with respect to the logits, `(..., *event)`; attached to
        `temperature` and `eta` if those require gradients.

    Raises:
        ValueError: If `f` is not differentiable.
    """
    check_finite("logits", logits)
    check_positive("temperature", temperature, like=logits)
    check_number("eta", eta, like=logits)

    def control(z: Tensor) -> Tensor:
        return eta * f((z / temperature).sigmoid())

    return relax_gradient(f, control, logits, noise=noise)


@widen_half
def lax_gradient(
    f: Callable[[Tensor], Tensor],
    control: Callable[[Tensor], Tensor],
    loc: Tensor,
    scale: Tensor,
    *,
    noise: Tensor,
) -> tuple[Tensor, Tensor]:
    r"""Score what a control misses, follow the control's slope, Eq. (lax).

    One sample is a vector of independent normal variables, of the shape `event` to
    which `loc` and `scale` broadcast.

    Args:
        f: Maps samples `(..., *event)` to one number per sample, `(...)`. It is never
            differentiated, and may be a black box.
        control: Maps samples to one number per sample, differentiably and without
            jumps. Its slope, also times the noise, must have a finite mean. With `f`
            itself the estimator is the pathwise one; a constant added to it takes as
            many scores away, whose mean is 0; with 0 times anything it is the score
            function's.
        loc: Means.
        scale: Standard deviations, positive.
        noise: Standard normal noise, shape `(..., *event)`.

    Returns:
        Per-sample gradients with respect to `loc`, `(..., *loc.shape)`, and to
        `scale`, `(..., *scale.shape)`. They are attached to the parameters that
        `control` holds, if any, and to nothing else.

    Raises:
        ValueError: If `control` is not differentiable.
    """
    z = location_scale(noise, loc, scale).detach()
    noise, loc, scale = noise.detach(), loc.detach(), scale.detach()
    lead = check_samples("noise", noise, common_shape(loc, scale))
    f_z = _value(f, z, lead)
    c, dc = _value_and_slope(control, z, lead)
    earned = append_dims(f_z - c, z.ndim)
    by_loc = earned * noise / scale + dc
    by_scale = earned * (noise.square() - 1) / scale + dc * noise
    return _own(by_loc, loc, lead), _own(by_scale, scale, lead)


@widen_half
def second_moment(gradients: Tensor) -> Tensor:
    r"""Measure what an unbiased estimator can lower, Eq. (second-moment).

    The gradient of the mean square in the parameters of a control variate is, without
    bias, that of the variance: the mean does not depend on them.

    Args:
        gradients: Per-sample gradients of one parameter, attached to the control
            variate, shape `(..., *parameter.shape)`.

    Returns:
        Mean of the squares, a scalar to call `backward` on.
    """
    check_finite("gradients", gradients)
    if not gradients.numel():
        raise ValueError(f"gradients must hold samples, got {tuple(gradients.shape)}")
    return gradients.square().mean()


def _detached(
    logits: Tensor, noise: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor, Tensor, torch.Size]:
    """Check logits and both noises, and split off how the samples are laid out."""
    check_finite("logits", logits)
    u, v = noise
    check_open_unit("noise[0]", u)
    check_open_unit("noise[1]", v)
    lead = check_samples("noise[0]", u, logits.shape)
    if u.shape != v.shape:
        raise ValueError(
            "the two noises must have the same shape, "
            f"got {tuple(u.shape)} and {tuple(v.shape)}"
        )
    return logits.detach(), u.detach(), v.detach(), lead


def _score_of_bits(logits: Tensor, bits: Tensor) -> Tensor:
    """The score b - p, also where p rounds to b."""
    sign = 2 * bits - 1
    return sign * (-sign * logits).sigmoid()


def _value(f: Callable[[Tensor], Tensor], samples: Tensor, lead: torch.Size) -> Tensor:
    with torch.no_grad():
        return one_number_per_sample("f", f, samples, lead, samples.dtype)


def _own(rows: Tensor, parameter: Tensor, lead: torch.Size) -> Tensor:
    """Add up what entries of a sample that share a parameter say of it."""
    missing = rows.ndim - len(lead) - parameter.ndim
    padded = (1,) * missing + parameter.shape
    return rows.sum_to_size(lead + padded).reshape(lead + parameter.shape)


def _again(
    logits: Tensor, bits: Tensor, noise: Tensor, lead: torch.Size
) -> tuple[Tensor, Tensor]:
    """Relax the bits anew, with the slope of that in the logits."""

    def relaxed(copies: Tensor) -> Tensor:
        return conditional_relaxation(copies, bits, noise=noise)

    copies = one_copy_per_sample((logits,), lead, logits.ndim)
    z, (slope,) = differentiate(relaxed, copies)
    return z.detach(), slope


def _value_and_slope(
    control: Callable[[Tensor], Tensor], z: Tensor, lead: torch.Size
) -> tuple[Tensor, Tensor]:
    """A control variate and its slope, attached to its own parameters only."""

    def predicted(z: Tensor) -> Tensor:
        values = one_number_per_sample("control", control, z, lead, z.dtype)
        if not values.requires_grad:
            raise ValueError(
                "a control variate must be differentiable in its samples; "
                "a constant is a baseline of score_function_gradient"
            )
        return values

    with torch.enable_grad():
        values, (slope,) = differentiate(predicted, (z,))
    return values, slope
