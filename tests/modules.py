"""One canonical call of each method of a module, and what its contract promises.

`tests/<note>/module_calls.py` lists a note's modules as `MODULES`;
`tests/test_modules.py` calls every one of them with what it must refuse, in half
precision, and compiled.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn


@dataclass(frozen=True)
class ModuleCase:
    """A canonical call and the promises that hold for it.

    Attributes:
        kind: The module.
        args: What makes one.
        kwargs: The same, by keyword.
        inputs: What it is called with, by name; numbers are float64, and the first
            dimension of all tensors is the batch, but see `shared`.
        free: Names of the inputs of which neither the sizes nor the precision matter.
        shared: Names of the inputs without a batch, such as a table for all rows.
        method: Which one is called.
        without: Promises that cannot be kept, by name, each with the reason.
    """

    kind: Callable[..., nn.Module]
    args: Sequence[Any]
    inputs: Mapping[str, Any]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    free: Sequence[str] = ()
    shared: Sequence[str] = ()
    method: str = "forward"
    without: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Where a reader finds the module."""
        kind = f"{self.kind.__module__.removeprefix('dlnotes.')}.{self.kind.__name__}"
        return kind if self.method == "forward" else f"{kind}.{self.method}"

    def make(self) -> nn.Module:
        """Make the module anew: the same weights each time, in double precision."""
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = self.kind(*deepcopy(self.args), **deepcopy(self.kwargs))
        return _Called(model.double().eval(), self.method)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Those inputs that are tensors."""
        return {k: v for k, v in self.inputs.items() if isinstance(v, torch.Tensor)}


class _Called(nn.Module):
    """A module whose method is what it is called for."""

    def __init__(self, module: nn.Module, method: str) -> None:
        super().__init__()
        self.module = module
        self.forward = getattr(module, method)
