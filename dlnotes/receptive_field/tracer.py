"""Receptive fields of any model, without computing a single activation.

The model runs once on a tensor that has a shape but no data. Each of its tensor
operations is looked up in a table of rules; the rules carry along what the units see.
It does not matter how the model is written: modules, functions, branches and loops
are all the same to it.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from dlnotes.receptive_field._reading import as_map
from dlnotes.receptive_field._watching import Padding, Tracer, row_of
from dlnotes.receptive_field.states import UnsupportedLayer, initial
from dlnotes.receptive_field.tables import Trace


def trace(
    model: nn.Module, input_shape: Sequence[int], *, axes: Sequence[int] | None = None
) -> Trace:
    """Follow the receptive field through a model, Eq. (through).

    The result is that of evaluation mode; the model's own mode stays as it is. What
    sees the whole input, such as global pooling, attention or a normalization over
    positions, is marked and does not hide the local field. Channels share one field,
    and masks are not looked at: where channels that were concatenated are taken apart,
    and where attention is masked, the result is a bound.

    Args:
        model: Any module that takes one tensor.
        input_shape: Shape of that tensor, batch and channels included, such as
            `(1, 3, 224, 224)`.
        axes: Dimensions of the input to follow; all from the third on if not given.

    Returns:
        A row for each layer, and one for each output.

    Raises:
        TypeError: If the model is no module.
        UnsupportedLayer: If a layer cannot be followed; a `ValueError` whose message
            names the layer and the operation.
        ValueError: If the shape has no such dimensions or is not positive.

    Examples:
        >>> model = nn.Sequential(nn.Conv2d(3, 8, 7, stride=2), nn.MaxPool2d(2))
        >>> result = trace(model, (1, 3, 64, 64))
        >>> result.size, result["0"].size, result.outputs[0].region((3, 0))
        ((9, 9), (7, 7), ((12, 20), (0, 8)))
    """
    shape, followed = _checked(model, input_shape, axes)
    blank = _blank(model, shape)  # a shape without numbers
    tracer = Tracer(model)
    tracer.track(blank, initial(shape, followed))
    result = _run(model, blank, tracer)
    states = [tracer.state(leaf) for leaf in tree_leaves(result)]
    outputs = [row_of(as_map(s, followed), "output", "") for s in states if s]
    if not outputs:
        raise UnsupportedLayer("no output of the model depends on its input")
    return Trace(tuple(tracer.rows), tuple(outputs), shape, followed)


def _blank(model: nn.Module, shape: tuple[int, ...]) -> Tensor:
    floating = [p.dtype for p in model.parameters() if p.is_floating_point()]
    return torch.empty(shape, dtype=(floating or [torch.float32])[0], device="meta")


def _run(model: nn.Module, blank: Tensor, tracer: Tracer) -> Any:
    """Let a tracer watch a model, and say where it could not be followed."""
    with tracer.watching(), torch.no_grad(), Padding(tracer), tracer:
        try:
            return model(blank)
        except UnsupportedLayer as error:
            raise UnsupportedLayer(f"{tracer.place()} {error}") from error
        except (NotImplementedError, RuntimeError) as error:
            reason = f"cannot run without data: {error}"
            raise UnsupportedLayer(f"{tracer.place()} {reason}") from error


def _checked(
    model: nn.Module, input_shape: Sequence[int], axes: Sequence[int] | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a module, got {type(model).__name__}")
    shape = tuple(input_shape)
    if not all(isinstance(n, int) and n > 0 for n in shape):
        raise ValueError(f"input_shape must hold positive integers, got {shape}")
    followed = tuple(range(2, len(shape)) if axes is None else axes)
    if not followed or len(set(followed)) < len(followed):
        raise ValueError(
            "input_shape must be (batch, channels, positions...), or axes must name "
            f"distinct dimensions, got {shape} and {followed}"
        )
    if not set(followed) <= set(range(len(shape))):
        raise ValueError(f"axes must be dimensions of {shape}, got {followed}")
    return shape, followed
