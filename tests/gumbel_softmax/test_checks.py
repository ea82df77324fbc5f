"""Bad input to the functions of the note is refused before anything is computed."""

import math

import pytest
import torch

from dlnotes.gumbel_softmax.checks import (
    check_categories,
    check_log_relaxed,
    check_logits,
    check_relaxed,
    check_same_categories,
)
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, log_gumbel_softmax

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        ([0.0, NAN], "a must not be NaN"),
        ([NAN, INF], "a must not be NaN"),
        ([[0.0, 0.0], [0.0, INF]], "a must be smaller than infinity, got inf"),
        ([[0.0, 0.0], [-INF, -INF]], "a must allow a category, got only -inf"),
        ([], r"a must have categories on its last axis, got \(0,\)"),
        (1.0, r"a must have categories on its last axis, got \(\)"),
    ],
)
def test_logits_must_define_a_distribution(logits, message):
    with pytest.raises(ValueError, match=message):
        check_logits("a", torch.tensor(logits))


def test_an_impossible_category_can_be_refused():
    logits = torch.tensor([0.0, -INF])
    check_logits("a", logits)
    check_logits("a", torch.tensor([0.0, -1e38]), allow_impossible=False)
    with pytest.raises(ValueError, match=r"a must be finite here, got -inf"):
        check_logits("a", logits, allow_impossible=False)


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ([1.0, 0.0, 0.0], r"y must be positive, got 0\.0"),
        ([1.5, -0.25, -0.25], r"y must be positive, got -0\.25"),
        ([0.5, NAN, 0.5], "y must be positive, got nan"),
        ([0.5, INF, 0.5], "y must be positive, got inf"),
        ([0.5, 0.3, 0.205], "y must sum to 1, got a sum that is off by 0.005"),
        ([0.5, 0.3, 0.195], "y must sum to 1, got a sum that is off by 0.00"),
        ([], "y must have categories"),
    ],
)
def test_a_point_must_lie_inside_the_simplex(point, message):
    with pytest.raises(ValueError, match=message):
        check_relaxed("y", torch.tensor(point))


@pytest.mark.parametrize(
    ("logs", "message"),
    [
        ([0.0, -INF], "y must be finite, got -inf"),
        ([0.0, NAN], "y must be finite, got nan"),
        ([0.5, 0.5], "y must have a log-sum-exp of 0"),
        ([0.009, -20.0, -20.0], "y must have a log-sum-exp of 0, got one off by 0.00"),
        ([-0.009, -20, -20], "y must have a log-sum-exp of 0, got one off by 0.00"),
        ([], "y must have categories"),
    ],
)
def test_logs_must_be_those_of_a_point(logs, message):
    with pytest.raises(ValueError, match=message):
        check_log_relaxed("y", torch.tensor(logs))


def test_a_sum_may_be_off_by_one_rounding_to_bfloat16():
    check_relaxed("y", torch.tensor([0.5, 0.5 + 2**-8]))
    with pytest.raises(ValueError, match="y must sum to 1"):
        check_relaxed("y", torch.tensor([0.5, 0.5 + 2**-8 + 2**-20]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("categories", [1, 2, 3, 100, 2000])
def test_samples_of_the_library_count_as_points_in_every_dtype(dtype, categories, rng):
    """Rounded to half precision, and widened again, they are points nevertheless."""
    logits = torch.zeros(100, categories, dtype=dtype)
    # In float16 an entry below 6e-8 is 0, which is no point inside: so hot samples.
    relaxed = gumbel_softmax(logits, 2.0, generator=rng())
    logs = log_gumbel_softmax(logits, 0.5, generator=rng())
    assert relaxed.dtype == logs.dtype == dtype
    for samples in (relaxed, relaxed.float()):
        check_relaxed("y", samples)
    for samples in (logs, logs.float()):
        check_log_relaxed("y", samples)


@pytest.mark.parametrize(
    ("shape", "fits"),
    [
        ((2, 3), True),
        ((3,), True),
        ((4, 1, 3), True),
        ((2, 1), False),
        ((4, 3), False),
        ((), False),
    ],
)
def test_leading_dimensions_broadcast_but_categories_do_not(shape, fits):
    if fits:
        check_same_categories("x", torch.zeros(shape), torch.zeros(2, 3))
        return
    with pytest.raises(ValueError, match=r"x must match logits \(2, 3\), got shape"):
        check_same_categories("x", torch.zeros(shape), torch.zeros(2, 3))


@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [
        (torch.tensor([0, 3]), ValueError, "i must be from 0 to 2, got 3"),
        (torch.tensor([-1, 0]), ValueError, "i must be from 0 to 2, got -1"),
        (torch.tensor([0.0]), TypeError, "i must be an int64 tensor, got torch.float"),
        ([0, 1], TypeError, "i must be an int64 tensor, got list"),
    ],
)
def test_categories_must_exist(indices, error, message):
    check_categories("i", torch.tensor([0, 2]), 3)
    with pytest.raises(error, match=message):
        check_categories("i", indices, 3)
