"""Checks of dlnotes.gumbel_softmax.top_k against docs/notes/gumbel_softmax.md."""

import itertools
import math

import pytest
import sympy as sp
import torch
from scipy import stats

from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.maximum import gumbel_max
from dlnotes.gumbel_softmax.top_k import gumbel_top_k, plackett_luce_log_prob
from tests.statistics import REJECT, within

PROBS = [0.4, 0.3, 0.2, 0.1]
LOGITS = torch.tensor(PROBS, dtype=torch.float64).log() - 3
DRAWS = 200_000


def rankings(k):
    return torch.tensor(list(itertools.permutations(range(4), k)))


def drawn_one_after_the_other(ranking):
    """The probability, worked out with an urn: draw, take out, draw again."""
    probability, left = 1.0, 1.0
    for i in ranking:
        probability *= PROBS[i] / left
        left -= PROBS[i]
    return probability


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_top_k_draws_without_replacement(rng, k):
    """Eq. (gumbel-top-k): the order of the largest follows the urn, term by term."""
    draws = gumbel_top_k(LOGITS.expand(DRAWS, -1), k, generator=rng())
    assert draws.shape == (DRAWS, k)
    code = (draws * 4 ** torch.arange(k)).sum(-1).bincount(minlength=4**k)
    order = rankings(k)
    observed = code[(order * 4 ** torch.arange(k)).sum(-1)]
    assert observed.sum() == DRAWS  # no ranking repeats a category

    expected = [DRAWS * drawn_one_after_the_other(r) for r in order.tolist()]
    assert stats.chisquare(observed, expected).pvalue > REJECT


def test_top_1_is_gumbel_max(rng):
    """Eq. (gumbel-top-k): for k = 1 it is the perturbed argmax."""
    noise = sample_gumbel(LOGITS.expand(100, -1), generator=rng())
    first = gumbel_top_k(LOGITS, 1, noise=noise).squeeze(-1)
    assert torch.equal(first, gumbel_max(LOGITS, noise=noise))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_plackett_luce_agrees_with_the_urn(k):
    """Eq. (plackett-luce): the product of the draws, and all of them sum to 1."""
    order = rankings(k)
    actual = plackett_luce_log_prob(order, LOGITS).exp()
    expected = torch.tensor([drawn_one_after_the_other(r) for r in order.tolist()])
    torch.testing.assert_close(actual, expected.double(), atol=1e-6, rtol=1e-6)
    assert actual.sum().item() == pytest.approx(1)


def test_plackett_luce_maps_over_leading_dimensions():
    """Eq. (plackett-luce): rankings and logits broadcast."""
    order = rankings(2)  # (12, 2)
    logits = torch.stack([LOGITS, LOGITS.flip(0)]).unsqueeze(1)  # (2, 1, 4)
    both = plackett_luce_log_prob(order, logits)
    assert both.shape == (2, 12)
    torch.testing.assert_close(both[1], plackett_luce_log_prob(order, LOGITS.flip(0)))
    torch.testing.assert_close(both[1], plackett_luce_log_prob(3 - order, LOGITS))


def test_plackett_luce_has_the_right_gradient():
    """Eq. (plackett-luce): finite differences agree."""
    logits = LOGITS.clone().requires_grad_()
    ranking = torch.tensor([2, 0, 3])
    assert torch.autograd.gradcheck(
        lambda x: plackett_luce_log_prob(ranking, x), logits
    )


def test_impossible_categories_are_never_drawn(rng):
    """Eq. (gumbel-top-k), Eq. (plackett-luce): probability 0, not NaN."""
    logits = torch.tensor([0.0, -math.inf, 1.0, -math.inf])
    draws = gumbel_top_k(logits.expand(1000, -1), 2, generator=rng())
    assert set(draws.unique().tolist()) == {0, 2}
    order = torch.tensor([[0, 2, 1], [1, 3, 0], [0, 2, 3]])
    assert plackett_luce_log_prob(order, logits).tolist() == [-math.inf] * 3
    assert plackett_luce_log_prob(order[:, :2], logits)[0].isfinite()


def test_an_impossible_draw_leaves_no_nan_in_the_gradient():
    """Eq. (plackett-luce): also where only impossible categories are left."""
    logits = torch.tensor([0.0, -math.inf, 1.0, -math.inf], requires_grad=True)
    order = torch.tensor([[0, 2, 1], [0, 2, 3], [2, 0, 1]])
    possible = plackett_luce_log_prob(order[:, :2], logits)
    impossible = plackett_luce_log_prob(order, logits)
    (slope,) = torch.autograd.grad(possible.sum() + impossible.sum(), logits)
    assert slope.isfinite().all()


def test_the_proof_by_a_race():
    """Eq. (plackett-luce): three exponential times, integrated in order of arrival."""
    x, y, z = sp.symbols("x y z", positive=True)
    a, b, c = rates = sp.symbols("a b c", positive=True)
    density = sp.prod(r * sp.exp(-r * t) for r, t in zip(rates, (x, y, z), strict=True))
    last = sp.integrate(density, (z, y, sp.oo))
    middle = sp.integrate(last, (y, x, sp.oo))
    in_order = sp.integrate(middle, (x, 0, sp.oo))
    assert sp.simplify(in_order - a / (a + b + c) * b / (b + c)) == 0
    # A time beyond t, less t, is fresh; and -log T, shifted, is the perturbed logit.
    s, t = sp.symbols("s t", positive=True)
    survival = lambda u: sp.exp(-a * u)  # noqa: E731
    assert sp.simplify(survival(s + t) / survival(t) - survival(s)) == 0


def test_possible_categories_come_before_impossible_ones(rng):
    """Eq. (gumbel-top-k): also where a difference of logits overflows."""
    logits = torch.tensor([3e38, -math.inf, -3e38, -3.2e38]).expand(100, -1)
    draws = gumbel_top_k(logits, 3, generator=rng())
    assert torch.equal(draws, torch.tensor([0, 2, 3]).expand(100, -1))


def test_large_logits_do_not_round_the_noise_away(rng):
    """Eq. (gumbel-top-k): equal logits, equal shares, however large they are."""
    logits = torch.tensor([1e9, 1e9, 1e9]).expand(10_000, -1)
    first, second = gumbel_top_k(logits, 2, generator=rng()).T
    assert within(torch.nn.functional.one_hot(first, 3), torch.full((3,), 1 / 3))
    assert within(torch.nn.functional.one_hot(second, 3), torch.full((3,), 1 / 3))


@pytest.mark.parametrize(
    ("k", "error", "message"),
    [
        (0, ValueError, "k must be from 1 to 4, got 0"),
        (5, ValueError, "k must be from 1 to 4, got 5"),
        (2.0, TypeError, "k must be an integer, got a float"),
        (True, TypeError, "k must be an integer, got a bool"),
    ],
)
def test_k_must_fit_the_categories(k, error, message):
    with pytest.raises(error, match=message):
        gumbel_top_k(LOGITS, k)


def test_k_counts_only_possible_categories():
    logits = torch.tensor([[0.0, 1.0, 2.0], [0.0, 1.0, -math.inf]])
    assert gumbel_top_k(logits, 2).shape == (2, 2)
    with pytest.raises(ValueError, match="k must be from 1 to 2 possible categories"):
        gumbel_top_k(logits, 3)


@pytest.mark.parametrize(
    ("ranking", "message"),
    [
        (torch.tensor([0, 0]), "must not repeat"),
        (torch.tensor([0, 1, 0]), "must not repeat"),
        (torch.tensor([0, 4]), "ranking must be from 0 to 3, got 4"),
        (torch.tensor(0), "at least one category"),
        (torch.zeros(2, 0, dtype=torch.int64), "at least one category"),
    ],
)
def test_a_ranking_must_be_one(ranking, message):
    with pytest.raises(ValueError, match=message):
        plackett_luce_log_prob(ranking, LOGITS)
    assert plackett_luce_log_prob(torch.tensor([3, 1]), LOGITS).isfinite()
