"""The score-function estimator, which never differentiates f."""

from collections.abc import Callable, Sequence
from itertools import count, islice

import torch
from torch import Tensor
from torch.distributions import Distribution

from dlnotes.blocks.checks import Parameter, check_finite
from dlnotes.blocks.precision import widen_half
from dlnotes.reparameterization._samples import (
    append_dims,
    one_copy_per_sample,
    one_number_per_sample,
    slope_per_sample,
)
from dlnotes.reparameterization.checks import (
    check_number,
    check_parameters,
    check_samples,
)


@widen_half
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
        ValueError: If the distribution refuses a parameter or a sample.

    Examples:
        >>> normal = torch.tensor(3.0), torch.tensor(2.0)
        >>> score(torch.distributions.Normal, normal, torch.tensor([3.0, 7.0]))
        (tensor([0., 1.]), tensor([-0.5000,  1.5000]))
    """
    parameters = check_parameters("parameters", parameters)
    lead = _leading_dims(distribution, parameters, samples)
    copies = _copies(distribution, parameters, lead)

    def log_prob(*copies: Tensor) -> Tensor:
        return distribution(*copies).log_prob(samples.detach())

    return slope_per_sample(log_prob, copies, parameters, lead)


@widen_half
def score_function_gradient(
    f: Callable[[Tensor], Tensor],
    distribution: Callable[..., Distribution],
    parameters: Sequence[Tensor],
    samples: Tensor,
    *,
    baseline: Parameter | tuple[Tensor, ...] = 0.0,
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
        detached. Under the hypothesis of the equation their mean estimates the
        gradient of the expectation without bias.

    Raises:
        ValueError: If the distribution refuses a parameter or a sample, or what `f`
            returns is not one finite number per sample.
    """
    parameters = check_parameters("parameters", parameters)
    lead = _leading_dims(distribution, parameters, samples)
    baselines = _baseline_per_parameter(baseline, parameters, lead)
    with torch.no_grad():
        values = one_number_per_sample("f", f, samples, lead, parameters[0].dtype)
    scores = score(distribution, parameters, samples)
    return tuple(
        (append_dims(values, s.ndim) - b) * s
        for s, b in zip(scores, baselines, strict=True)
    )


@widen_half
def surrogate(values: Tensor, log_prob: Tensor, *, baseline: Parameter = 0.0) -> Tensor:
    r"""Make automatic differentiation return the estimator, Eq. (surrogate).

    For training: the value of the surrogate means nothing, its gradient is that of
    `score_function_gradient`.

    Args:
        values: What each sample earned, one number per sample, shape `(...)`.
        log_prob: Its log-probability, same shape, attached to the parameters.
        baseline: A number, or one per sample, as in `score_function_gradient`.

    Returns:
        Surrogates, shape `(...)`; average them and differentiate.
    """
    check_finite("values", values)
    check_finite("log_prob", log_prob)
    if values.shape != log_prob.shape:
        raise ValueError(
            "values and log_prob must have the same shape, "
            f"got {tuple(values.shape)} and {tuple(log_prob.shape)}"
        )
    check_number("baseline", baseline, like=values)
    if isinstance(baseline, Tensor) and baseline.shape not in (values.shape, ()):
        raise ValueError(
            f"baseline must be a number or have shape {tuple(values.shape)}, "
            f"got {tuple(baseline.shape)}"
        )
    return (values - baseline).detach() * log_prob


def _leading_dims(
    distribution: Callable[..., Distribution],
    parameters: tuple[Tensor, ...],
    samples: Tensor,
) -> torch.Size:
    one = distribution(*(parameter.detach() for parameter in parameters))
    lead = check_samples("samples", samples, one.batch_shape + one.event_shape)
    if samples.is_floating_point():
        check_finite("samples", samples)
    return lead


def _copies(
    distribution: Callable[..., Distribution],
    parameters: tuple[Tensor, ...],
    lead: torch.Size,
) -> tuple[Tensor, ...]:
    """One copy of the parameters for each sample, as the family broadcasts them."""
    one = distribution(*(parameter.detach() for parameter in parameters))
    # As many samples as a parameter has rows could be taken for these rows, so what
    # the family does is seen at sizes that no parameter has.
    sizes = {size for parameter in parameters for size in parameter.shape}
    others = (size for size in count(2) if size not in sizes)
    trial = torch.Size(islice(others, len(lead)))
    # Parameters of different ranks broadcast from the right in most families, as
    # (loc, scale), but not in some, as (loc, scale_tril).
    for event_dims in (max(parameter.ndim for parameter in parameters), 0):
        try:
            joint = distribution(*one_copy_per_sample(parameters, trial, event_dims))
        except (RuntimeError, ValueError):
            continue
        if joint.batch_shape == trial + one.batch_shape:
            return one_copy_per_sample(parameters, lead, event_dims)
    shapes = [tuple(parameter.shape) for parameter in parameters]
    raise ValueError(
        f"distribution must take parameters with leading dimensions {tuple(lead)} "
        f"before the shapes {shapes}"
    )


def _baseline_per_parameter(
    baseline: Parameter | tuple[Tensor, ...],
    parameters: tuple[Tensor, ...],
    lead: torch.Size,
) -> tuple[Parameter, ...]:
    if isinstance(baseline, tuple):
        if len(baseline) != len(parameters):
            raise ValueError(
                f"baseline must hold one tensor for each of {len(parameters)} "
                f"parameters, got {len(baseline)}"
            )
        return tuple(map(_expand, baseline, parameters))
    check_number("baseline", baseline, like=parameters[0])
    if not isinstance(baseline, Tensor):
        return (baseline,) * len(parameters)
    if baseline.ndim and baseline.shape != lead:
        raise ValueError(
            f"baseline must hold one number per sample, shape {tuple(lead)}, "
            f"got {tuple(baseline.shape)}"
        )
    return tuple(
        append_dims(baseline.detach(), len(lead) + parameter.ndim)
        for parameter in parameters
    )


def _expand(baseline: Tensor, parameter: Tensor) -> Tensor:
    check_finite("a baseline of a parameter", baseline)
    try:
        return baseline.detach().expand(parameter.shape)
    except RuntimeError:
        raise ValueError(
            "a baseline of a parameter must broadcast to its shape, "
            f"{tuple(parameter.shape)}, got {tuple(baseline.shape)}"
        ) from None
