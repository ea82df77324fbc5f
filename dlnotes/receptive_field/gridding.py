"""Which pixels inside a receptive field are really read."""

from collections.abc import Sequence

from dlnotes.receptive_field.chains import jump, jumps
from dlnotes.receptive_field.layers import Layer


def touches(layers: Sequence[Layer]) -> dict[int, int]:
    """Count the paths from each pixel to output 0, Eq. (touches).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        Position of each pixel that is read, in rising order, and its number of
        paths. Pixels inside of the receptive field that are missing are never read.
    """
    counts = {0: 1}
    for step, layer in zip(jumps(layers), layers, strict=True):
        further: dict[int, int] = {}
        for place, count in counts.items():
            for tap in range(layer.kernel):
                moved = place + (tap * layer.dilation - layer.padding) * step
                further[moved] = further.get(moved, 0) + count
        counts = further
    return dict(sorted(counts.items()))


def coverage(layers: Sequence[Layer]) -> float:
    """Share of the receptive field that is read at all, Eq. (coverage).

    Args:
        layers: The layers along one axis, from the input up.

    Returns:
        Between 0 and 1; 1 if there are no gaps.
    """
    places = list(touches(layers))
    return len(places) / (places[-1] - places[0] + 1)


def has_gaps(layers: Sequence[Layer]) -> bool:
    """Tell whether a stack of stride 1 skips pixels, Eq. (gap-free).

    Args:
        layers: The layers along one axis, in any order, all with stride 1.

    Returns:
        `True` if a pixel inside of the receptive field is never read.

    Raises:
        TypeError: If an entry is not a `Layer`.
        ValueError: If a stride is not 1.

    Examples:
        >>> has_gaps([Layer(3, dilation=2), Layer(3, dilation=2)])
        True
    """
    if jump(layers) > 1:
        raise ValueError(f"strides must be 1, got a jump of {jump(layers)}")
    reach = 1
    for layer in sorted(layers, key=lambda layer: layer.dilation):
        if layer.kernel > 1 and layer.dilation > reach:
            return True
        reach += layer.dilation * (layer.kernel - 1)
    return False
