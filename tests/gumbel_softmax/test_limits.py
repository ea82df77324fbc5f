"""Four facts about relaxed samples: rounded, cold, hot, and in between."""

import math

import pytest
import torch
from scipy import integrate, special, stats

from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.relaxation import anneal, gumbel_softmax
from tests.statistics import within

LOGITS = torch.tensor([1.5, 0.0, -1.0, 0.5], dtype=torch.float64)
DRAWS = 200_000


def sigmoid(x):
    return float(special.expit(x))


def test_cold_samples_are_as_close_to_one_hot_as_stated(rng):
    """Eq. (gumbel-softmax): 1 - max y is at most (K - 1) exp(-gap / temperature)."""
    noise = sample_gumbel(LOGITS.expand(1000, -1), generator=rng())
    top = (LOGITS + noise).topk(2).values
    gap = top[:, 0] - top[:, 1]
    for temperature in (1.0, 0.1, 0.01):
        relaxed = gumbel_softmax(LOGITS, temperature, noise=noise)
        bound = 3 * (-gap / temperature).exp()
        assert (1 - relaxed.amax(-1) <= bound + 1e-12).all()


def test_hot_samples_are_as_close_to_uniform_as_stated(rng):
    """Eq. (gumbel-softmax): no two entries differ by more than exp(range / tau)."""
    noise = sample_gumbel(LOGITS.expand(1000, -1), generator=rng())
    low, high = (LOGITS + noise).aminmax(dim=-1)
    for temperature in (1.0, 10.0, 1000.0):
        relaxed = gumbel_softmax(LOGITS, temperature, noise=noise)
        ratio = relaxed.amax(-1) / relaxed.amin(-1)
        torch.testing.assert_close(ratio, ((high - low) / temperature).exp())


def mean_toss(log_odds, temperature):
    """Mean of the first of two entries, by quadrature over the logistic noise.

    The noise is written as temperature * v - log_odds, so that the step has unit width.
    """

    def integrand(v):
        return sigmoid(v) * stats.logistic.pdf(temperature * v - log_odds) * temperature

    edge = 60 * max(1, 1 / temperature)
    points = [log_odds / temperature, 0]
    return integrate.quad(integrand, -edge, edge, points=points, limit=400)[0]


@pytest.mark.parametrize("log_odds", [0.01, 0.4, 2.5])
@pytest.mark.parametrize("temperature", [0.05, 0.5, 1.0, 3.0, 20.0])
def test_the_mean_of_two_categories_lies_between_p_and_one_half(log_odds, temperature):
    """Eq. (gumbel-softmax): strictly, at every temperature, and never at one half."""
    p = sigmoid(log_odds)
    mean = mean_toss(log_odds, temperature)
    assert 0.5 < mean < p
    assert mean_toss(-log_odds, temperature) == pytest.approx(1 - mean, abs=1e-7)
    assert mean_toss(0.0, temperature) == pytest.approx(0.5, abs=1e-7)
    # The proof turns the mean into one over another logistic variable.
    other = integrate.quad(
        lambda x: sigmoid(log_odds + temperature * x) * stats.logistic.pdf(x), -60, 60
    )[0]
    assert mean == pytest.approx(other, abs=1e-6)


def test_where_p_is_certain_or_uniform_the_mean_is_right(rng):
    """Eq. (gumbel-softmax): the boundary of "in general the mean is wrong"."""
    certain = torch.tensor([0.0, -math.inf, -math.inf], dtype=torch.float64)
    for temperature in (1e-3, 1.0, 1e3):
        relaxed = gumbel_softmax(certain.expand(50, -1), temperature, generator=rng())
        assert (relaxed == torch.tensor([1.0, 0.0, 0.0])).all()
        uniform = torch.zeros(10_000, 3, dtype=torch.float64)
        relaxed = gumbel_softmax(uniform, temperature, generator=rng())
        assert within(relaxed, torch.full((3,), 1 / 3))


def test_relaxed_samples_do_not_have_the_right_mean(rng):
    """Eq. (gumbel-softmax): at temperature 1 two categories have a closed-form mean."""
    odds = math.exp(0.4)
    mean = (odds**2 - odds - odds * math.log(odds)) / (odds - 1) ** 2
    assert mean == pytest.approx(mean_toss(0.4, 1.0), abs=1e-9)
    logits = torch.tensor([0.4, 0.0], dtype=torch.float64)
    relaxed = gumbel_softmax(logits.expand(DRAWS, -1), 1.0, generator=rng())
    assert within(relaxed[:, 0], mean)


@pytest.mark.parametrize("temperature", [1e3, 1e6, 1e12])
def test_hot_samples_leave_impossible_categories_at_zero(temperature, rng):
    """Eq. (gumbel-softmax): the limit is uniform on what is possible, no more."""
    logits = torch.tensor([1.0, -math.inf, -2.0], dtype=torch.float64)
    relaxed = gumbel_softmax(logits.expand(50, -1), temperature, generator=rng())
    limit = torch.tensor([0.5, 0.0, 0.5], dtype=torch.float64).expand(50, -1)
    torch.testing.assert_close(relaxed, limit, atol=20 / temperature, rtol=0)


def test_plain_cooling_reaches_a_corner_only_if_one_logit_is_the_largest():
    """Eq. (anneal): without noise, ties keep a softmax away from every corner."""
    cold = anneal(10**6, end=1e-3)
    assert (torch.tensor([0.5, 0.0, 0.2]) / cold).softmax(-1).tolist() == [1, 0, 0]
    assert (torch.tensor([0.5, 0.0, 0.5]) / cold).softmax(-1).tolist() == [0.5, 0, 0.5]
