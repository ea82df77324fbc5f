"""One canonical call of each public tensor function, and what its contract promises.

`tests/<note>/contract.py` lists a note's calls as `CASES`; `tests/test_contract.py`
runs every one of them in all dtypes, at its edges and under the transforms of torch.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

Args = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """A canonical call and the promises that hold for it.

    Attributes:
        function: The public function.
        args: Positional arguments; tensors of floating point are float64.
        kwargs: Keyword arguments, noise included: equal calls give equal results.
        half: What half-precision input gives: a result of the same dtype, one of
            float32, or a `TypeError` that names the dtype.
        batched: Whether the first dimension of every tensor in `args` and `kwargs` is a
            batch over which the function maps. Its length is free, and may be 0.
        smooth: Whether gradients by the floating-point tensors exist.
        learnable: Names of numbers (keywords, or positions as in `"1"`) that may be
            tensors with gradients instead.
        row: Whether such a tensor has one entry a row, `(..., 1)`; else any shape that
            broadcasts.
        edges: By a short name, further arguments in place of `args`: results and
            gradients must be finite there.
        refused: By a short name, arguments for which it must raise a `ValueError`.
        masks: Whether an entry of minus infinity in the first tensor is a mask: results
            contain no NaN, gradients are finite.
        large: Larger arguments, tensors on the meta device: no intermediate may have
            more than `bound` times the entries of arguments and result together.
        bound: See `large`.
        without: Transforms that cannot work, by name, each with the reason.
    """

    function: Callable[..., Any]
    args: Args
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    half: Literal["half", "single", "refused"] = "half"
    batched: bool = True
    smooth: bool = True
    learnable: Sequence[str] = ()
    row: bool = False
    edges: Mapping[str, Args] = field(default_factory=dict)
    refused: Mapping[str, Args] = field(default_factory=dict)
    masks: bool = False
    large: Args | None = None
    bound: float = 8
    without: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Where a reader finds the function."""
        module = self.function.__module__.removeprefix("dlnotes.")
        return f"{module}.{self.function.__qualname__}"

    def call(self, args: Args | None = None, **changes: Any) -> Any:
        """Call the function, with some arguments exchanged."""
        args = self.args if args is None else args
        return self.function(*args, **{**self.kwargs, **changes})


def cast(values: Any, dtype: torch.dtype) -> Any:
    """Floating-point tensors in another dtype, everything else as it is."""
    return tree_map(lambda v: v.to(dtype) if is_floating(v) else v, values)


def is_floating(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def floating(values: Any) -> list[Tensor]:
    """The floating-point tensors among nested values."""
    return [leaf for leaf in tree_leaves(values) if is_floating(leaf)]


def tensors(values: Any) -> Iterator[Tensor]:
    """All tensors among nested values."""
    return (leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor))


def gradients(case: Case, args: Args | None = None) -> list[Tensor]:
    """Gradients of the sum of all results by all floating-point arguments."""
    args = case.args if args is None else args
    leaves = tree_map(
        lambda v: v.detach().clone().requires_grad_() if is_floating(v) else v, args
    )
    results = [r for r in floating(case.call(leaves)) if r.requires_grad]
    if not results:
        return []
    total = sum(torch.where(r.isfinite(), r, 0).sum() for r in results)
    found = torch.autograd.grad(total, floating(leaves), allow_unused=True)
    return [gradient for gradient in found if gradient is not None]
