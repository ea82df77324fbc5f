"""Which inputs each output of a layer reads, for layers of every kind.

The outputs of a convolution all read the same pattern, moved along. Those of a
transposed convolution or of a resize take turns: after a whole number of outputs the
pattern repeats, moved along. `Window` holds one such turn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from dlnotes.receptive_field.layers import Layer, Transposed

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Window:
    """What each output reads: output `o + len(taps)` reads `shift` further than `o`.

    Attributes:
        taps: For each of the first outputs the inputs that it reads; none if it is
            a constant.
        shift: Inputs from one turn to the next.
    """

    taps: tuple[tuple[int, ...], ...]
    shift: int

    def __post_init__(self) -> None:
        if not self.taps:
            raise ValueError("taps must hold at least one output, got none")

    def reads(self, output: int) -> tuple[int, ...]:
        """List the inputs that an output reads.

        Args:
            output: Index of the output, any integer.

        Returns:
            Indices of inputs; those outside of the input are padding.
        """
        turn, phase = divmod(output, len(self.taps))
        return tuple(tap + turn * self.shift for tap in self.taps[phase])


def convolution(layer: Layer) -> Window:
    """Window of a convolution or pooling, Eq. (convolution-window).

    Args:
        layer: The layer.

    Returns:
        One output, which reads `kernel` inputs.
    """
    start = -layer.padding
    taps = tuple(start + tap * layer.dilation for tap in range(layer.kernel))
    return Window((taps,), layer.stride)


def transposed(layer: Transposed) -> Window:
    """Window of a transposed convolution, Eq. (transposed-window).

    Args:
        layer: The layer.

    Returns:
        As many outputs as the stride. Some of them may read nothing, as where the
        kernel is shorter than the stride.
    """
    turns = []
    for output in range(layer.stride):
        reached = [
            divmod(output + layer.padding - tap * layer.dilation, layer.stride)
            for tap in range(layer.kernel)
        ]
        turns.append(tuple(sorted(source for source, rest in reached if rest == 0)))
    return Window(tuple(turns), 1)


def nearest(inputs: int, outputs: int) -> Window:
    """Window of a resize to the nearest pixel, Eq. (nearest-window).

    Torch multiplies in single precision, and may read the pixel before.

    Args:
        inputs: Pixels before, or the numerator of pixels read per output.
        outputs: Pixels after, or the denominator.

    Returns:
        Each output reads one input.
    """
    step = _ratio(inputs, outputs)
    return _turns(step, lambda o: (floor(o * step),))


def nearest_exact(inputs: int, outputs: int) -> Window:
    """Window of a resize to the nearest center, Eq. (nearest-exact-window).

    Args:
        inputs: Pixels before, or the numerator of pixels read per output.
        outputs: Pixels after, or the denominator.

    Returns:
        Each output reads one input.
    """
    step = _ratio(inputs, outputs)
    return _turns(step, lambda o: (floor((o + HALF) * step),))


def linear(inputs: int, outputs: int, *, offset: Fraction | None = None) -> Window:
    """Window of a linear resize, Eq. (linear-window).

    Args:
        inputs: Pixels before, or the numerator of pixels read per output.
        outputs: Pixels after, or the denominator.
        offset: Position of output 0 among the inputs, 0 where the corners are aligned;
            the default aligns the borders of the images instead.

    Returns:
        Each output reads one input or two.
    """
    step = _ratio(inputs, outputs)
    start = (step - 1) / 2 if offset is None else offset

    def taps(output: int) -> tuple[int, ...]:
        place = output * step + start
        # On an input the other weight is 0.
        return tuple(range(floor(place), ceil(place) + 1))

    return _turns(step, taps)


def cubic(inputs: int, outputs: int, *, offset: Fraction | None = None) -> Window:
    """Window of a bicubic resize along one axis, Eq. (cubic-window).

    Args:
        inputs: Pixels before, or the numerator of pixels read per output.
        outputs: Pixels after, or the denominator.
        offset: As for `linear`.

    Returns:
        Each output reads one input or four.
    """
    step = _ratio(inputs, outputs)
    start = (step - 1) / 2 if offset is None else offset

    def taps(output: int) -> tuple[int, ...]:
        place = output * step + start
        if place.denominator == 1:  # on an input the other weights are 0
            return (int(place),)
        return tuple(range(floor(place) - 1, floor(place) + 3))

    return _turns(step, taps)


def antialiased(inputs: int, outputs: int, *, reach: int) -> Window:
    """Window of a resize that averages where it shrinks, Eq. (antialiased-window).

    Args:
        inputs: Pixels before, or the numerator of pixels read per output.
        outputs: Pixels after, or the denominator.
        reach: Half of the width of the filter: 1 for linear, 2 for cubic weights.

    Returns:
        Each output reads one input or more.
    """
    step = _ratio(inputs, outputs)
    width = max(step, Fraction(1))

    def taps(output: int) -> tuple[int, ...]:
        center = (output + HALF) * step
        first, last = floor(center - reach * width), ceil(center + reach * width)
        distances = ((i, abs(i + HALF - center)) for i in range(first, last))
        # Both filters are 0 at a distance of one width, the cubic one at two as well.
        return tuple(i for i, d in distances if d < reach * width and d != width)

    return _turns(step, taps)


def adaptive(inputs: int, outputs: int) -> Window:
    """Window of an adaptive pooling, Eq. (adaptive-window).

    Args:
        inputs: Pixels before.
        outputs: Pixels after.

    Returns:
        Each output reads a stretch of inputs; the lengths may differ by one.
    """
    step = _ratio(inputs, outputs)
    return _turns(step, lambda o: tuple(range(floor(o * step), ceil((o + 1) * step))))


def _ratio(inputs: int, outputs: int) -> Fraction:
    if inputs < 1 or outputs < 1:
        raise ValueError(f"sizes must be 1 or more, got {inputs} and {outputs}")
    return Fraction(inputs, outputs)


def _turns(step: Fraction, taps: Callable[[int], tuple[int, ...]]) -> Window:
    """Repeat a pattern as soon as a whole number of inputs has gone by."""
    turns = tuple(taps(output) for output in range(step.denominator))
    return Window(turns, step.numerator)
