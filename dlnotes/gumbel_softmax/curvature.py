"""Where the density of relaxed samples bends upwards, and where it does not."""

from torch import Tensor

from dlnotes.blocks.checks import check_floating, check_positive
from dlnotes.gumbel_softmax.checks import (
    check_logits,
    check_relaxed,
    check_same_categories,
)


def log_density_curvature(
    relaxed: Tensor, logits: Tensor, temperature: float, direction: Tensor
) -> Tensor:
    """Second derivative of the log-density along a line, Eq. (curvature).

    Args:
        relaxed: Points inside the simplex, shape `(..., K)`.
        logits: Unnormalised log-probabilities, finite, shape `(..., K)`.
        temperature: The positive temperature of the density.
        direction: Direction of the line, shape `(..., K)`; its entries sum to 0 if the
            line is to stay in the simplex.

    Returns:
        Curvatures, shape `(...)`; none is negative where the temperature is at most
        1 / (K - 1).

    Raises:
        TypeError: If a tensor is not floating-point or the temperature is no number.
        ValueError: If the logits are not finite, the temperature is not positive and
            finite, or the points do not lie inside the simplex.
    """
    check_positive("temperature", temperature)
    check_logits(logits, allow_impossible=False)
    check_relaxed(relaxed)
    check_same_categories("relaxed", relaxed, logits)
    check_floating("direction", direction)
    check_same_categories("direction", direction, logits)
    k = logits.shape[-1]
    weights = (logits - temperature * relaxed.log()).softmax(-1)  # (..., K)
    rate = direction / relaxed  # (..., K)
    mean, square = (weights * rate).sum(-1), (weights * rate**2).sum(-1)
    bend = (1 + temperature) * square - temperature * mean**2
    return (1 + temperature) * (rate**2).sum(-1) - k * temperature * bend
