"""What a layer does along one axis: kernel, stride, padding, dilation, and its size."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """A convolution or a pooling along one axis.

    Attributes:
        kernel: Number of taps.
        stride: Step from one output to the next.
        padding: Positions added before the input.
        dilation: Distance between neighboring taps.
        end_padding: Positions added after the input; `None` means as many as before.
    """

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    end_padding: int | None = None

    def __post_init__(self) -> None:
        _check(self, kernel=1, stride=1, padding=0, dilation=1)
        if self.end_padding is not None:
            _check(self, end_padding=0)


@dataclass(frozen=True)
class Transposed:
    """A transposed convolution along one axis, which has more outputs than inputs.

    Attributes:
        kernel: Number of taps.
        stride: Outputs per input.
        padding: Outputs cut off at either end.
        dilation: Distance between neighboring taps.
        output_padding: Outputs added at the end.
    """

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    output_padding: int = 0

    def __post_init__(self) -> None:
        _check(self, kernel=1, stride=1, padding=0, dilation=1, output_padding=0)


def per_axis(
    axes: int,
    *,
    kernel: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> tuple[Layer, ...]:
    """Take a layer of an image or a volume apart, one `Layer` for each axis.

    The axes do not influence each other, so `zip(*layers)` turns a list of such layers
    into one chain for each axis.

    Args:
        axes: Number of axes: 1, 2 or 3, or any other.
        kernel: A number for all axes, or one for each.
        stride: Likewise.
        padding: Likewise.
        dilation: Likewise.

    Returns:
        A layer for each axis.
    """
    given = {"kernel": kernel, "stride": stride, "padding": padding}
    columns = {
        name: _spread(name, value, axes)
        for name, value in {**given, "dilation": dilation}.items()
    }
    return tuple(
        Layer(**{name: column[axis] for name, column in columns.items()})
        for axis in range(axes)
    )


def effective_kernel(layer: Layer | Transposed) -> int:
    """Span of a dilated kernel, Eq. (dilation).

    Args:
        layer: The layer.

    Returns:
        Positions from the first tap to the last, both included.
    """
    return layer.dilation * (layer.kernel - 1) + 1


def output_size(size: int, layer: Layer) -> int:
    """Number of outputs of a convolution or pooling, Eq. (output-size).

    Args:
        size: Number of inputs `n`, 1 or more.
        layer: The layer.

    Returns:
        Number of positions at which the kernel fits, 1 or more.

    Examples:
        >>> output_size(224, Layer(7, stride=2, padding=3))
        112
    """
    _check_size(size)
    end = layer.padding if layer.end_padding is None else layer.end_padding
    room = size + layer.padding + end - effective_kernel(layer)
    if room < 0:
        span = effective_kernel(layer)
        raise ValueError(f"size {size} is too small for a kernel that spans {span}")
    return room // layer.stride + 1


def transposed_size(size: int, layer: Transposed) -> int:
    """Number of outputs of a transposed convolution, Eq. (transposed-size).

    Args:
        size: Number of inputs `n`, 1 or more.
        layer: The layer.

    Returns:
        Number of outputs, 1 or more.
    """
    _check_size(size)
    outputs = (size - 1) * layer.stride + effective_kernel(layer)
    outputs += layer.output_padding - 2 * layer.padding
    if outputs < 1:
        raise ValueError(f"size {size} leaves no output of {layer}")
    return outputs


def _check(layer: Layer | Transposed, **lowest: int) -> None:
    for name, least in lowest.items():
        value = getattr(layer, name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an integer, got {value!r}")
        if value < least:
            raise ValueError(f"{name} must be {least} or more, got {value}")


def _check_size(size: int) -> None:
    if isinstance(size, bool) or not isinstance(size, int):
        raise TypeError(f"size must be an integer, got {size!r}")
    if size < 1:
        raise ValueError(f"size must be 1 or more, got {size}")


def _spread(name: str, value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * axes
    if len(value) != axes:
        raise ValueError(f"{name} must have {axes} values, got {tuple(value)}")
    return tuple(value)
