"""The score-function estimator, which never differentiates f."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.distributions import Distribution

from dlnotes.reparameterization.checks import (
    append_dims,
    as_parameters,
    check_sample_shape,
    one_copy_per_sample,
    one_number_per_sample,
)


def score(
    distribution: Callable[..., Distribution],
    parameters: Sequence[Tensor],
    samples: Tensor,
) -> tuple[Tensor, ...]:
    r"""Differentiate the log-probability of each sample, Eq. (score).

    Args:
        distribution: Makes a `torch.distributions` object from the parameters:
            `Normal`, or `lambda logits: Categorical(logits=logits)`. A batch of
            independent distributions is one distribution of a vector.
        parameters: One floating-point tensor per parameter.
        samples: Shape `(..., *event)`, where `event` is the shape of
            `distribution(*parameters).sample()`; discrete samples will do.

    Returns:
        Scores, one tensor `(..., *parameter.shape)` per parameter, detached.

    Raises:
        TypeError: If a parameter is not a floating-point tensor.
        ValueError: If a parameter or a sample is outside the distribution's domain,
            or shapes do not match.
    """
    parameters = as_parameters(parameters)
    lead = _leading_dims(distribution, parameters, samples)
    with torch.enable_grad():
        copies, joint = _per_sample(distribution, parameters, lead)
        total = joint.log_prob(samples.detach()).sum()
        gradients = torch.autograd.grad(total, copies, materialize_grads=True)
    return tuple(
        gradient.reshape(lead + parameter.shape)
        for gradient, parameter in zip(gradients, parameters, strict=True)
    )


def score_function_gradient(
    f: Callable[[Tensor], Tensor],
    distribution: Callable[..., Distribution],
    parameters: Sequence[Tensor],
    samples: Tensor,
    *,
    baseline: float | Tensor | tuple[Tensor, ...] = 0.0,
) -> tuple[Tensor, ...]:
    r"""Weigh each score by what its sample earned, Eq. (score-function).

    Args:
        f: Maps samples `(..., *event)` to one number per sample, `(...)`. It is
            never differentiated, and may be a black box or have jumps.
        distribution: Makes a `torch.distributions` object from the parameters.
        parameters: One floating-point tensor per parameter.
        samples: Samples of that distribution, shape `(..., *event)`.
        baseline: Subtracted from `f`. A number; or one number per sample, `(...)`,
            that does not depend on that sample; or a tuple with one tensor per
            parameter, which broadcasts to `parameter.shape`.

    Returns:
        Per-sample gradients, one tensor `(..., *parameter.shape)` per parameter,
        detached. Their mean estimates the gradient of the expectation without bias.

    Raises:
        TypeError: If a parameter is not a floating-point tensor, or `f` does not
            return a tensor.
        ValueError: If a parameter or a sample is outside the distribution's domain,
            shapes do not match, or `f` returns another number of values than one per
            sample.
    """
    parameters = as_parameters(parameters)
    lead = _leading_dims(distribution, parameters, samples)
    with torch.no_grad():
        values = one_number_per_sample(f, samples, lead, parameters[0].dtype)
    scores = score(distribution, parameters, samples)
    baselines = _baseline_per_parameter(baseline, parameters, lead)
    return tuple(
        (append_dims(values, s.ndim) - b) * s
        for s, b in zip(scores, baselines, strict=True)
    )


def surrogate(
    values: Tensor, log_prob: Tensor, *, baseline: float | Tensor = 0.0
) -> Tensor:
    r"""Make automatic differentiation return the estimator, Eq. (surrogate).

    For training: the value of the surrogate means nothing, its gradient is that of
    `score_function_gradient`.

    Args:
        values: What each sample earned, one number per sample, shape `(...)`.
        log_prob: Its log-probability, same shape, attached to the parameters.
        baseline: A number, or one per sample, as in `score_function_gradient`.

    Returns:
        Surrogates, shape `(...)`; average them and differentiate.

    Raises:
        ValueError: If the shapes differ.
    """
    if values.shape != log_prob.shape:
        raise ValueError(
            "values and log_prob must have the same shape, "
            f"got {tuple(values.shape)} and {tuple(log_prob.shape)}"
        )
    if isinstance(baseline, Tensor) and baseline.shape not in (values.shape, ()):
        raise ValueError(
            f"baseline must be a number or have shape {tuple(values.shape)}, "
            f"got {tuple(baseline.shape)}"
        )
    earned = values.to(log_prob.dtype) - baseline
    return earned.detach() * log_prob


def _leading_dims(
    distribution: Callable[..., Distribution],
    parameters: tuple[Tensor, ...],
    samples: Tensor,
) -> torch.Size:
    one = distribution(*(parameter.detach() for parameter in parameters))
    return check_sample_shape(samples, one.batch_shape + one.event_shape, "samples")


def _per_sample(
    distribution: Callable[..., Distribution],
    parameters: tuple[Tensor, ...],
    lead: torch.Size,
) -> tuple[tuple[Tensor, ...], Distribution]:
    """A distribution of all samples, with one copy of the parameters for each."""
    one = distribution(*(parameter.detach() for parameter in parameters))
    # Parameters of different ranks broadcast from the right in most families, as
    # (loc, scale), but not in some, as (loc, scale_tril).
    for event_dims in (max(parameter.ndim for parameter in parameters), 0):
        copies = one_copy_per_sample(parameters, lead, event_dims)
        try:
            joint = distribution(*copies)
        except (RuntimeError, ValueError):
            continue
        if joint.batch_shape == lead + one.batch_shape:
            return copies, joint
    shapes = [tuple(parameter.shape) for parameter in parameters]
    raise ValueError(
        f"distribution must take parameters with leading dimensions {tuple(lead)} "
        f"before the shapes {shapes}"
    )


def _baseline_per_parameter(
    baseline: float | Tensor | tuple[Tensor, ...],
    parameters: tuple[Tensor, ...],
    lead: torch.Size,
) -> tuple[float | Tensor, ...]:
    if isinstance(baseline, tuple):
        if len(baseline) != len(parameters):
            raise ValueError(
                f"baseline must hold one tensor for each of {len(parameters)} "
                f"parameters, got {len(baseline)}"
            )
        return tuple(map(_expand, baseline, parameters))
    if not isinstance(baseline, Tensor) or not baseline.ndim:
        return (float(baseline),) * len(parameters)
    if baseline.shape != lead:
        raise ValueError(
            f"baseline must hold one number per sample, shape {tuple(lead)}, "
            f"got {tuple(baseline.shape)}"
        )
    return tuple(
        append_dims(baseline.detach(), len(lead) + parameter.ndim)
        for parameter in parameters
    )


def _expand(baseline: Tensor, parameter: Tensor) -> Tensor:
    try:
        return torch.as_tensor(baseline).detach().expand(parameter.shape)
    except RuntimeError:
        raise ValueError(
            "a baseline of a parameter must broadcast to its shape, "
            f"{tuple(parameter.shape)}, got {tuple(baseline.shape)}"
        ) from None
