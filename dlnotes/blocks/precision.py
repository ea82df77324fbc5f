"""Half precision: computed in single precision inside, rounded once at the end."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

P = ParamSpec("P")
R = TypeVar("R")

HALF = (torch.float16, torch.bfloat16)


def widen_half(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function compute in float32 when it is given half-precision tensors.

    Every half-precision tensor among the arguments becomes float32 before the function
    sees it. If the first floating-point tensor was of half precision, floating-point
    results are rounded to its dtype. Other dtypes pass through untouched.

    Args:
        function: Takes tensors, also inside of tuples, lists and dictionaries.

    Returns:
        The function with this done around it.
    """
    return _around(function, narrow=True)


def half_to_single(function: Callable[P, R]) -> Callable[P, R]:
    """Do the same for results that must not live in half precision.

    Noise, counts, indices, ranks and positions come back in float32: in float16 a
    count ends at 65,504, and in bfloat16 whole numbers above 256 have gaps.

    Args:
        function: Takes tensors, also inside of tuples, lists and dictionaries.

    Returns:
        The function with this done around it.
    """
    return _around(function, narrow=False)


def _around(function: Callable[P, R], *, narrow: bool) -> Callable[P, R]:
    @wraps(function)
    def widened(*args: P.args, **kwargs: P.kwargs) -> R:
        dtypes = _dtypes((*args, *kwargs.values()))
        if torch.float16 not in dtypes and torch.bfloat16 not in dtypes:
            return function(*args, **kwargs)
        wide_args, wide_kwargs = tree_map(_wide, (args, kwargs))
        result = function(*wide_args, **wide_kwargs)
        if not narrow or dtypes[0] not in HALF:
            return result
        narrowed: R = tree_map(lambda leaf: _rounded(leaf, dtypes[0]), result)
        return narrowed

    return widened


def _dtypes(values: Iterable[Any]) -> list[torch.dtype]:
    """Of all floating-point tensors, in order.

    A compiler follows these few lines many times sooner than `tree_leaves`.
    """
    found = []
    for value in values:
        if isinstance(value, Tensor):
            if value.is_floating_point():
                found.append(value.dtype)
        elif isinstance(value, tuple | list):
            found += _dtypes(value)
        elif isinstance(value, dict):
            found += _dtypes(value.values())
    return found


def _wide(leaf: Any) -> Any:
    is_half = isinstance(leaf, Tensor) and leaf.dtype in HALF
    return leaf.float() if is_half else leaf


def _rounded(leaf: Any, dtype: torch.dtype) -> Any:
    floating = isinstance(leaf, Tensor) and leaf.is_floating_point()
    return leaf.to(dtype) if floating else leaf
