"""Checks of dlnotes.gumbel_softmax.top_k against docs/notes/gumbel_softmax.md."""

import itertools
import math

import pytest
import torch
from scipy import stats

from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.maximum import gumbel_max
from dlnotes.gumbel_softmax.top_k import gumbel_top_k, plackett_luce_log_prob

PROBS = [0.4, 0.3, 0.2, 0.1]
LOGITS = torch.tensor(PROBS, dtype=torch.float64).log() - 3
DRAWS = 200_000
REJECT = 1e-4  # a correct sampler has a smaller p-value once in ten thousand seeds


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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_plackett_luce_survives_extreme_logits(dtype):
    """Eq. (plackett-luce): the rest is summed anew, not found by subtraction."""
    logits = torch.tensor([1e4, 0.0, 0.0, -1e4], dtype=dtype)
    ranking = torch.tensor([0, 1, 2])
    actual = plackett_luce_log_prob(ranking, logits)
    assert actual.item() == pytest.approx(-math.log(2), abs=1e-6)


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


@pytest.mark.parametrize("k", [0, -1, 5])
def test_k_must_fit_the_categories(k):
    with pytest.raises(ValueError, match=f"k must be from 1 to 4 .*got {k}"):
        gumbel_top_k(LOGITS, k)


def test_k_counts_only_possible_categories():
    logits = torch.tensor([[0.0, 1.0, 2.0], [0.0, 1.0, -math.inf]])
    with pytest.raises(ValueError, match="k must be from 1 to 2"):
        gumbel_top_k(logits, 3)


def test_k_must_be_an_integer():
    with pytest.raises(TypeError, match=r"k must be an integer, got 2\.0"):
        gumbel_top_k(LOGITS, 2.0)


@pytest.mark.parametrize(
    ("ranking", "error", "message"),
    [
        (torch.tensor([0, 0]), ValueError, "must not repeat"),
        (torch.tensor([0, 4]), ValueError, "ranking must be from 0 to 3, got 4"),
        (torch.tensor([-1, 0]), ValueError, "ranking must be from 0 to 3, got -1"),
        (torch.tensor(0), ValueError, "at least one category"),
        (torch.zeros(2, 0, dtype=torch.int64), ValueError, "at least one category"),
        (torch.tensor([0.0, 1.0]), TypeError, "ranking must be an int64 tensor"),
    ],
)
def test_a_ranking_must_be_one(ranking, error, message):
    with pytest.raises(error, match=message):
        plackett_luce_log_prob(ranking, LOGITS)
