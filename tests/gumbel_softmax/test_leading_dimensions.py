"""The page says that functions map over the dimensions written `...`: each one does."""

import pytest
import torch
from torch.utils._pytree import tree_map

from tests.contract import tensors
from tests.gumbel_softmax.contract import CASES

# Random draws differ from row to row, so only functions that draw nothing here.
MAPPED = [c for c in CASES if c.batched and "vmap" not in c.without]


def rows(case, pick):
    """The call of a case with something done to each of its tensors."""
    args, kwargs = tree_map(
        lambda v: pick(v) if isinstance(v, torch.Tensor) else v,
        (case.args, dict(case.kwargs)),
    )
    return list(tensors(case.function(*args, **kwargs)))


@pytest.mark.parametrize("case", MAPPED, ids=lambda case: case.name)
def test_each_row_is_treated_on_its_own(case):
    """No leading dimension at all, one, and two give the same rows."""
    together = list(tensors(case.call()))
    for i in range(len(together[0])):
        for one, all_ in zip(rows(case, lambda v, i=i: v[i]), together, strict=True):
            torch.testing.assert_close(one, all_[i])
    for deep, flat in zip(rows(case, lambda v: v.unsqueeze(1)), together, strict=True):
        torch.testing.assert_close(deep, flat.unsqueeze(1))
