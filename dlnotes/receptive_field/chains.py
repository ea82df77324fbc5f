"""Receptive fields of layers in a row: three formulas with one result."""

from collections.abc import Sequence
from itertools import accumulate
from math import prod
from operator import mul

from dlnotes.receptive_field.layers import Layer, effective_kernel, output_size


def top_down(layers: Sequence[Layer]) -> int:
    """Receptive field from the last layer down to the input, Eq. (top-down).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        Pixels that one unit of the last layer can see; 1 if there is no layer.
    """
    _check(layers)
    size = 1
    for layer in reversed(layers):
        size = (size - 1) * layer.stride + effective_kernel(layer)
    return size


def jump(layers: Sequence[Layer]) -> int:
    """Distance in pixels between neighboring units, Eq. (jump).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        The product of the strides; 1 if there is no layer.
    """
    _check(layers)
    return prod(layer.stride for layer in layers)


def jumps(layers: Sequence[Layer]) -> list[int]:
    """Distance in pixels between the inputs of each layer in turn, Eq. (jump).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        1 for the first layer, the product of the strides below for each other one.
    """
    _check(layers)
    steps = accumulate((layer.stride for layer in layers), mul, initial=1)
    return list(steps)[: len(layers)]


def bottom_up(layers: Sequence[Layer]) -> int:
    """Receptive field from the input up to the last layer, Eq. (bottom-up).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        Pixels that one unit of the last layer can see; 1 if there is no layer.

    Examples:
        >>> bottom_up([Layer(3, stride=2), Layer(3, stride=2), Layer(3)])
        15
    """
    return [1, *after_each(layers)][-1]


def after_each(layers: Sequence[Layer]) -> list[int]:
    """Receptive field after each layer in turn, Eq. (bottom-up).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        As many numbers of pixels as there are layers.
    """
    _check(layers)
    size, step, sizes = 1, 1, []
    for layer in layers:
        size += (effective_kernel(layer) - 1) * step
        step *= layer.stride  # counts for the layers above, not for this one
        sizes.append(size)
    return sizes


def closed_form(layers: Sequence[Layer]) -> int:
    """Receptive field as one sum, Eq. (closed-form).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        Pixels that one unit of the last layer can see; 1 if there is no layer.
    """
    _check(layers)
    pairs = zip(layers, jumps(layers), strict=True)
    return 1 + sum((effective_kernel(layer) - 1) * step for layer, step in pairs)


def region(layers: Sequence[Layer], output: int) -> tuple[int, int]:
    """First and last pixel that an output sees, layer by layer, Eq. (region).

    Args:
        layers: The layers along one axis, from the input up.
        output: Index of the output.

    Returns:
        First and last pixel, both included; outside of the image where padding is
        seen.

    Examples:
        >>> region([Layer(3, stride=2, padding=1), Layer(3, stride=2, padding=1)], 1)
        (1, 7)
    """
    _check(layers)
    first = last = output
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + effective_kernel(layer) - 1
    return first, last


def total_padding(layers: Sequence[Layer]) -> int:
    """Distance by which the first region starts before the image, Eq. (total-padding).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        Pixels, 0 or more.
    """
    _check(layers)
    pairs = zip(layers, jumps(layers), strict=True)
    return sum(layer.padding * step for layer, step in pairs)


def closed_region(layers: Sequence[Layer], output: int) -> tuple[int, int]:
    """First and last pixel that an output sees, at once, Eq. (closed-region).

    Args:
        layers: The layers along one axis, from the input up.
        output: Index of the output.

    Returns:
        First and last pixel, both included.
    """
    first = output * jump(layers) - total_padding(layers)
    return first, first + closed_form(layers) - 1


def center(layers: Sequence[Layer], output: int) -> float:
    """Center of what an output sees, Eq. (center).

    Args:
        layers: The layers along one axis, from the input up.
        output: Index of the output.

    Returns:
        A position on the axis where pixel i reaches from i to i + 1.
    """
    return output * jump(layers) - total_padding(layers) + closed_form(layers) / 2


def seen(size: int, layers: Sequence[Layer], output: int) -> tuple[int, int] | None:
    """First and last pixel of the image that an output sees, Eq. (seen).

    Padding is cut off in every layer. The result is exact if no layer leaves gaps:
    dilation 1 and kernels that are no shorter than strides. Else it is a bound.

    Args:
        size: Number of pixels `n` along the axis.
        layers: The layers along one axis, from the input up.
        output: Index of the output, from 0 on.

    Returns:
        First and last pixel, both included and inside of the image, or `None` if the
        output sees nothing but padding.
    """
    _check(layers)
    sizes = list(accumulate(layers, output_size, initial=size))
    if not 0 <= output < sizes[-1]:
        raise ValueError(f"output must be from 0 to {sizes[-1] - 1}, got {output}")
    first = last = output
    for layer, inputs in zip(reversed(layers), reversed(sizes[:-1]), strict=True):
        first, last = first * layer.stride, last * layer.stride
        first = max(first - layer.padding, 0)
        last = min(last - layer.padding + effective_kernel(layer) - 1, inputs - 1)
        if first > last:
            return None
    return first, last


def _check(layers: Sequence[Layer]) -> None:
    for layer in layers:
        if not isinstance(layer, Layer):
            raise TypeError(
                f"a chain is made of Layer, got {type(layer).__name__}: "
                "dlnotes.receptive_field.graphs.follow takes other parts too"
            )
