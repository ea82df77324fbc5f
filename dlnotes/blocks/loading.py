"""Weights by other names than ours."""

import re
from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from dlnotes.blocks.checks import check_module


def renamed(
    state: Mapping[str, Tensor], names: Sequence[tuple[str, str]]
) -> dict[str, Tensor]:
    """Give tensors other names.

    Args:
        state: Tensors by the names of another library.
        names: Patterns and what stands for them here; all are tried, one after the
            other. What is renamed to nothing is left out.

    Returns:
        Tensors by their new names, without gradients.
    """
    found = {}
    for name, tensor in state.items():
        for pattern, ours in names:
            name = re.sub(pattern, ours, name)
        if name in found and name:
            raise ValueError(f"names must differ, got {name!r} twice")
        found[name] = tensor.detach()
    found.pop("", None)
    return found


def load_exactly(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load parameters, and say which are missing, left over or of another shape.

    Args:
        model: Changed in place.
        state: Tensors by the names of the model's parameters.
    """
    check_module("model", model)
    wanted = model.state_dict()
    missing, unknown = sorted(wanted.keys() - state), sorted(state.keys() - wanted)
    if missing or unknown:
        raise ValueError(f"state must fit: missing {missing}, left over {unknown}")
    for name, tensor in wanted.items():
        if state[name].shape != tensor.shape:
            given, shape = tuple(state[name].shape), tuple(tensor.shape)
            raise ValueError(f"{name} must have shape {shape}, got {given}")
    model.load_state_dict(state)
