"""Checks of dlnotes.gumbel_softmax.enumeration against docs/notes/gumbel_softmax.md."""

import itertools

import pytest
import torch
from torch.nn import functional as F

from dlnotes.gumbel_softmax.enumeration import all_codes, exact_expectation

LOGITS = torch.tensor([[0.3, -1.0, 0.5], [1.0, 0.0, -0.2]], dtype=torch.float64)


def f(codes):
    flat = codes.flatten(-2)  # (S, M * K)
    return (flat @ torch.arange(1.0, 7.0, dtype=flat.dtype)) ** 2


def test_codes_are_all_the_tuples():
    """Eq. (enumeration): K ** M terms, in the order of itertools.product."""
    expected = list(itertools.product(range(3), repeat=4))
    assert all_codes(4, 3).tolist() == [list(code) for code in expected]
    assert all_codes(1, 3).tolist() == [[0], [1], [2]]
    assert all_codes(2, 1).tolist() == [[0, 0]]


def test_expectation_agrees_with_a_double_loop():
    """Eq. (enumeration): the sum over both variables, written out."""
    probs = LOGITS.softmax(-1)
    expected = 0.0
    for i in range(3):
        for j in range(3):
            code = F.one_hot(torch.tensor([[i, j]]), 3).double()
            expected += (probs[0, i] * probs[1, j] * f(code)).item()
    assert exact_expectation(f, LOGITS).item() == pytest.approx(expected)


def test_expectation_has_the_right_gradient():
    """Eq. (enumeration): finite differences agree."""
    logits = LOGITS.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: exact_expectation(f, x), logits)


def test_expectation_of_one_variable_is_the_weighted_mean():
    """Eq. (enumeration): for M = 1, the sum of p_i f(e_i)."""
    values = torch.tensor([2.0, -1.0, 0.5], dtype=torch.float64)
    mean = exact_expectation(lambda codes: codes.squeeze(1) @ values, LOGITS[:1])
    torch.testing.assert_close(mean, LOGITS[0].softmax(-1) @ values)


def test_sums_that_do_not_scale_are_refused():
    with pytest.raises(ValueError, match=r"2 \*\* 100 values are too many"):
        all_codes(100, 2)
    with pytest.raises(ValueError, match="latents and categories must be 1 or more"):
        all_codes(0, 2)
    with pytest.raises(ValueError, match=r"logits must have shape \(M, K\)"):
        exact_expectation(f, LOGITS[0])
