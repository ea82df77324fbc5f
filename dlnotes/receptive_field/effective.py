"""How much the pixels of a receptive field count: its effective size, in theory."""

from collections.abc import Sequence
from math import sqrt

from dlnotes.receptive_field.chains import closed_form, jumps
from dlnotes.receptive_field.gridding import touches
from dlnotes.receptive_field.layers import Layer


def profile(layers: Sequence[Layer]) -> dict[int, float]:
    """Share of each pixel in output 0 when all weights are equal, Eq. (profile).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        Position of each pixel and its share; the shares sum to 1.
    """
    counts = touches(layers)
    total = sum(counts.values())
    return {place: count / total for place, count in counts.items()}


def effective_variance(layers: Sequence[Layer]) -> float:
    """Variance of the profile, which adds up over the layers, Eq. (variance).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        Square pixels.
    """
    return sum(
        (step * layer.dilation) ** 2 * (layer.kernel**2 - 1) / 12
        for step, layer in zip(jumps(layers), layers, strict=True)
    )


def effective_share(layers: Sequence[Layer]) -> float:
    """Width of the profile, four standard deviations, over the field, Eq. (share).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        A number from 0 on and below 2.

    Examples:
        >>> round(effective_share([Layer(3)] * 20), 3)
        0.356
    """
    return 4 * sqrt(effective_variance(layers)) / closed_form(layers)


def excess_kurtosis(layers: Sequence[Layer]) -> float:
    """Distance of the profile from a Gaussian in its fourth moment, Eq. (kurtosis).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        Fourth cumulant over squared variance; 0 for a Gaussian, below 0 here.
    """
    variance = effective_variance(layers)
    if not variance:
        raise ValueError("layers must have a kernel above 1, got none")
    fourth = sum(
        (step * layer.dilation) ** 4 * (layer.kernel**4 - 1) / -120
        for step, layer in zip(jumps(layers), layers, strict=True)
    )
    return fourth / variance**2
