"""Checks of what every function of the note refuses, argument by argument."""

import pytest
import torch
from torch.utils._pytree import tree_flatten, tree_unflatten

from tests.contract import is_floating
from tests.reparameterization.contract import CASES

PLACES = [
    (case, place)
    for case in CASES
    for place, leaf in enumerate(tree_flatten((case.args, dict(case.kwargs)))[0])
    if is_floating(leaf)
]
any_argument = pytest.mark.parametrize(
    ("case", "place"), PLACES, ids=[f"{case.name}-{place}" for case, place in PLACES]
)


def call_with(case, place, change):
    """Call the function with one of its tensors changed."""
    leaves, form = tree_flatten((case.args, dict(case.kwargs)))
    leaves[place] = change(leaves[place])
    args, kwargs = tree_unflatten(leaves, form)
    return case.function(*args, **kwargs)


@any_argument
def test_no_argument_may_hold_what_is_no_number(case, place):
    with pytest.raises(ValueError, match="nan"):
        call_with(case, place, lambda t: t.index_fill(-1, torch.tensor(0), torch.nan))


@any_argument
def test_no_argument_may_be_infinite(case, place):
    with pytest.raises(ValueError, match="inf"):
        call_with(case, place, lambda t: t.index_fill(-1, torch.tensor(0), torch.inf))


@any_argument
def test_every_tensor_is_one(case, place):
    with pytest.raises(TypeError, match=r"must be .* got .*str"):
        call_with(case, place, lambda t: str(t.tolist()))
