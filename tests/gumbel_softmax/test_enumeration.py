"""Checks of dlnotes.gumbel_softmax.enumeration against docs/notes/gumbel_softmax.md."""

import itertools
import math

import pytest
import torch
from torch.nn import functional as F

from dlnotes.gumbel_softmax.enumeration import AT_ONCE, all_codes, exact_expectation

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


def test_expectation_maps_over_sets_of_variables():
    """Eq. (enumeration): one mean for each table of logits."""
    sets = torch.stack([LOGITS, LOGITS.flip(0), 0 * LOGITS])  # (3, M, K)
    expected = torch.stack([exact_expectation(f, one) for one in sets])
    torch.testing.assert_close(exact_expectation(f, sets), expected)


def test_impossible_categories_carry_no_weight():
    """Eq. (enumeration): a logit of -inf leaves a sum over the others."""
    logits = LOGITS.clone()
    logits[1, 2] = -math.inf
    mean = exact_expectation(f, logits)
    codes = all_codes(2, 3)
    possible = codes[codes[:, 1] < 2]
    probs = logits.softmax(-1)
    weights = probs[0, possible[:, 0]] * probs[1, possible[:, 1]]
    torch.testing.assert_close(mean, weights @ f(F.one_hot(possible, 3).double()))


def test_codes_are_laid_out_a_part_at_a_time():
    """Eq. (enumeration): the sum is that of all parts; memory holds one of them."""
    sizes = []

    def parity(codes):
        sizes.append(len(codes))
        return 1 - 2 * (codes[..., 1].sum(-1) % 2)

    logits = torch.tensor([[0.0, 1.0]], dtype=torch.float64).expand(16, -1)
    mean = exact_expectation(parity, logits)
    one_bit = math.tanh(0.5)  # 2 p - 1 for a bit with log-odds 1
    assert mean.item() == pytest.approx(one_bit**16)
    assert sizes == [AT_ONCE] * 4


@pytest.mark.parametrize(
    ("latents", "categories", "few_enough"),
    [(20, 2, True), (21, 2, False), (1, 2**20, True), (1, 2**20 + 1, False)],
)
def test_there_is_a_largest_number_of_terms(latents, categories, few_enough):
    if few_enough:
        assert all_codes(latents, categories).shape == (2**20, latents)
        return
    with pytest.raises(ValueError, match="values are too many to list"):
        all_codes(latents, categories)


def test_sums_that_do_not_scale_are_refused():
    with pytest.raises(ValueError, match=r"2 \*\* 100 values are too many"):
        all_codes(100, 2)
    with pytest.raises(ValueError, match="latents must be at least 1, got 0"):
        all_codes(0, 2)
    with pytest.raises(ValueError, match="categories must be at least 1, got 0"):
        all_codes(2, 0)
    with pytest.raises(ValueError, match=r"logits must have shape \(\.\.\., M, K\)"):
        exact_expectation(f, LOGITS[0])


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda codes: codes[:, :1, 0], ValueError, r"shape \(4,\), got \(4, 1\)"),
        (lambda codes: codes[:, 0, 0] > 0, TypeError, "what f returns must be"),
    ],
)
def test_f_returns_a_number_for_each_code(f, error, message):
    with pytest.raises(error, match=message):
        exact_expectation(f, torch.zeros(2, 2))
