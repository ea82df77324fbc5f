"""Where the density of relaxed samples bends upwards, and where it does not."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_finite, check_positive, per_row
from dlnotes.blocks.precision import widen_half
from dlnotes.gumbel_softmax.checks import (
    check_logits,
    check_relaxed,
    check_same_categories,
)


@widen_half
def log_prob_curvature(
    relaxed: Tensor, logits: Tensor, temperature: Parameter, direction: Tensor
) -> Tensor:
    """Second derivative of the log-density along a line, Eq. (curvature).

    Args:
        relaxed: Points inside the simplex, shape `(..., K)`.
        logits: Unnormalized log-probabilities, finite, shape `(..., K)`.
        temperature: The temperature of the density, a number or `(..., 1)`.
        direction: Direction of the line, shape `(..., K)`; its entries sum to 0 if the
            line is to stay in the simplex.

    Returns:
        Curvatures, shape `(...)`; up to rounding none is negative where the
        temperature is at most 1 / (K - 1).

    Examples:
        >>> center, across = torch.tensor([0.5, 0.5]), torch.tensor([0.5, -0.5])
        >>> log_prob_curvature(center, torch.zeros(2), 2.0, across)  # 2 (1 - 2 ** 2)
        tensor(-6.)
    """
    _check_line(relaxed, logits, temperature, direction)
    tau = per_row(temperature)
    w = (logits - temperature * relaxed.log()).softmax(-1)  # (..., K)
    r, size = _apart(direction / relaxed)
    mean = (w * r).sum(-1, keepdim=True)
    spread = (w * (r - mean) ** 2).sum(-1)
    bend = logits.shape[-1] * tau * ((w * r**2).sum(-1) + tau * spread)
    return ((1 + tau) * (r**2).sum(-1) - bend) * size**2


def _apart(rate: Tensor) -> tuple[Tensor, Tensor]:
    """Rates whose largest is 1, and its size, which multiplies the result twice.

    The result is quadratic in the rates. Next to a face one is so large that its
    square overflows.
    """
    size = rate.detach().abs().amax(-1, keepdim=True)
    size = torch.where(size > 0, size, 1)
    return rate / size, size.squeeze(-1)


def _check_line(
    relaxed: Tensor, logits: Tensor, temperature: Parameter, direction: Tensor
) -> None:
    check_logits("logits", logits, allow_impossible=False)
    check_positive("temperature", temperature, like=logits, row=True)
    check_relaxed("relaxed", relaxed)
    check_same_categories("relaxed", relaxed, logits)
    check_finite("direction", direction)
    check_same_categories("direction", direction, logits)
