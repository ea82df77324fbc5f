"""Checks of dlnotes.gumbel_softmax.maximum against docs/notes/gumbel_softmax.md."""

import itertools
import math

import pytest
import sympy as sp
import torch
from scipy import stats

from dlnotes.gumbel_softmax.gumbel import EULER_GAMMA, gumbel_cdf, sample_gumbel
from dlnotes.gumbel_softmax.maximum import (
    expected_max,
    gumbel_max,
    max_argmax_cdf,
    noise_given_argmax,
)
from tests.statistics import REJECT, SIGMAS, within

PROBS = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
LOGITS = PROBS.log() + 2  # a shift makes the weights unnormalised
LSE = 2.0
DRAWS = 200_000


def chi_square_p(samples, probs):
    counts = samples.bincount(minlength=len(probs))
    return stats.chisquare(counts, probs * len(samples)).pvalue


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gumbel_max_draws_the_softmax(rng, dtype):
    """Eq. (gumbel-max): a chi-square test does not reject the softmax."""
    samples = gumbel_max(LOGITS.to(dtype).expand(DRAWS, -1), generator=rng())
    assert chi_square_p(samples, PROBS) > REJECT


def test_gumbel_max_needs_the_right_sign_of_the_noise(rng):
    """Eq. (gumbel-max): with the noise turned round the law is another one."""
    noise = sample_gumbel(LOGITS.expand(DRAWS, -1), generator=rng())
    assert chi_square_p(gumbel_max(LOGITS, noise=-noise), PROBS) < 1e-100


def largest_exponential(means):
    """Probabilities that each of independent exponential variables is the largest.

    By inclusion and exclusion: the rate of a minimum is the sum of the rates.
    """
    rates = [1 / mean for mean in means]
    law = []
    for i, rate in enumerate(rates):
        rest = [r for j, r in enumerate(rates) if j != i]
        parts = (
            (-1) ** n * rate / (rate + sum(some))
            for n in range(len(means))
            for some in itertools.combinations(rest, n)
        )
        law.append(sum(parts))
    return law


@pytest.mark.parametrize(
    ("weights", "agree"),
    [
        ((5,), True),
        ((3, 1), True),
        ((1, 1, 1), True),
        ((2, 2, 2, 2), True),
        ((2, 1, 1), False),
        ((1, 2, 2), False),
        ((10, 6, 3, 1), False),
    ],
)
def test_the_wrong_sign_shows_neither_with_two_nor_with_equal_categories(
    weights, agree, rng
):
    """Eq. (gumbel-max): -g is the log of an exponential variable.

    So a - g has its maximum where an exponential variable of mean e^a is the largest.
    """
    law = largest_exponential([sp.Integer(w) for w in weights])
    softmax = [sp.Rational(w, sum(weights)) for w in weights]
    assert sum(law) == 1
    assert (law == softmax) is agree
    logits = torch.tensor(weights, dtype=torch.float64).log()
    noise = sample_gumbel(logits.expand(DRAWS, -1), generator=rng())
    won = torch.nn.functional.one_hot(gumbel_max(logits, noise=-noise), len(weights))
    assert within(won, torch.tensor([float(p) for p in law]))


def test_the_proof_with_uniform_noise():
    """Eq. (gumbel-max): its equivalence on a grid, then its integral by algebra."""
    p = PROBS.tolist()
    for j in (1, 2, 3):
        for u_1, u_j in itertools.product((1e-9, 0.1, 0.4, 0.7, 0.999), repeat=2):
            wins = math.log(p[0]) - math.log(-math.log(u_1)) > math.log(
                p[j]
            ) - math.log(-math.log(u_j))
            assert wins is (u_j < u_1 ** (p[j] / p[0]))
    u, odds = sp.symbols("u c", positive=True)  # c = (1 - p) / p
    given_u = u**odds  # the product of u ** (p_j / p_1) over the others
    assert sp.simplify(sp.integrate(given_u, (u, 0, 1)) - 1 / (1 + odds)) == 0


def test_the_proof_with_unnormalized_weights():
    """Eq. (gumbel-max), Eq. (max-and-argmax), Eq. (expected-max): t stands for e^-x."""
    t, w, total = sp.symbols("t w S", positive=True)  # S sums all weights, w included
    m, x = sp.symbols("m x", real=True)
    height = w * sp.exp(-x) * sp.exp(-w * sp.exp(-x))  # density of the winner's height
    others = sp.exp(-(total - w) * sp.exp(-x))
    by_t = sp.simplify((height * others).subs(x, -sp.log(t)) / t)  # dx = -dt / t
    assert sp.simplify(by_t - w * sp.exp(-total * t)) == 0
    joint = sp.integrate(by_t, (t, sp.exp(-m), sp.oo))
    law = sp.exp(-total * sp.exp(-m))  # F(m - LSE)
    assert sp.simplify(joint - w / total * law) == 0
    assert sp.limit(joint, m, sp.oo) == w / total
    assert sp.simplify(law - sp.exp(-sp.exp(-(m - sp.log(total))))) == 0
    a = sp.symbols("a1:4", real=True)
    lse = sp.log(sum(map(sp.exp, a)))
    assert sp.simplify(sp.diff(lse, a[0]) - sp.exp(a[0]) / sum(map(sp.exp, a))) == 0


def test_losing_is_independent_only_given_the_winners_noise():
    """Eq. (gumbel-max): three equal categories, exactly."""
    u = sp.symbols("u", positive=True)
    both = sp.integrate(u * u, (u, 0, 1))
    each = sp.integrate(u, (u, 0, 1))
    assert (both, each) == (sp.Rational(1, 3), sp.Rational(1, 2))


@pytest.mark.parametrize("size", [0.0, 1e9, -1e9, 1e30])
def test_large_logits_do_not_round_the_noise_away(size, rng):
    """Eq. (gumbel-max): two equal logits win equally often, however large they are."""
    logits = torch.tensor([size, size, size - 1e38])
    won = gumbel_max(logits.expand(10_000, -1), generator=rng())
    assert within(won.double(), 0.5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gumbel_max_survives_extreme_logits(rng, dtype):
    """Eq. (gumbel-max): certain and impossible categories behave as such."""
    logits = torch.tensor([[1e4, -1e4, 0.0], [-math.inf, 0.0, -math.inf]], dtype=dtype)
    samples = gumbel_max(logits.expand(1000, -1, -1), generator=rng())
    assert (samples == torch.tensor([0, 1])).all()


def test_an_impossible_category_leaves_the_others_alone(rng):
    """Eq. (gumbel-max): with p = 0 for one category the rest keeps its law."""
    logits = torch.cat([LOGITS, torch.tensor([-math.inf])])
    samples = gumbel_max(logits.expand(DRAWS, -1), generator=rng())
    assert samples.max() < 4
    assert chi_square_p(samples, PROBS) > REJECT


def test_maximum_is_gumbel_and_independent_of_the_argmax(rng):
    """Eq. (max-and-argmax): the law factorises, the maximum is Gumbel(LSE)."""
    perturbed = LOGITS + sample_gumbel(LOGITS.expand(DRAWS, -1), generator=rng())
    top, winner = perturbed.max(-1)
    assert stats.kstest(top.numpy() - LSE, stats.gumbel_r.cdf).pvalue > REJECT

    quarter = (torch.tensor(stats.gumbel_r.cdf(top - LSE)) * 4).long()  # (S,), 0 to 3
    table = (4 * quarter + winner).bincount(minlength=16).reshape(4, 4)
    assert stats.chi2_contingency(table.numpy()).pvalue > REJECT


def test_joint_law_agrees_with_counting(rng):
    """Eq. (max-and-argmax): each of the probabilities is the observed share."""
    perturbed = LOGITS + sample_gumbel(LOGITS.expand(DRAWS, -1), generator=rng())
    top, winner = perturbed.max(-1)
    bounds = torch.tensor([1.0, 2.0, 3.5], dtype=torch.float64)
    law = max_argmax_cdf(bounds, LOGITS)  # (3, K)

    won = torch.nn.functional.one_hot(winner, 4)
    for bound, expected in zip(bounds, law, strict=True):
        assert within(won * (top <= bound).unsqueeze(-1), expected)


def test_joint_law_tends_to_the_softmax_and_to_nothing():
    """Eq. (max-and-argmax): the bound stops to bind, or leaves nothing."""
    bounds = torch.tensor([1e4, -1e4], dtype=torch.float64)
    expected = torch.stack([PROBS, 0 * PROBS])
    torch.testing.assert_close(max_argmax_cdf(bounds, LOGITS), expected)


def test_expected_max_agrees_with_sampling(rng):
    """Eq. (expected-max): the mean of the maximum is LSE plus Euler's constant."""
    noise = sample_gumbel(LOGITS.expand(DRAWS, -1), generator=rng())
    assert expected_max(LOGITS).item() == pytest.approx(LSE + EULER_GAMMA)
    assert within((LOGITS + noise).amax(-1), expected_max(LOGITS))


def test_gradient_of_the_expected_max_is_the_softmax():
    """Eq. (expected-max): raising a logit raises the maximum as often as it wins."""
    logits = LOGITS.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(expected_max(logits), logits)
    torch.testing.assert_close(gradient, PROBS)


def test_the_proof_of_the_noise_behind_a_winner():
    """Eq. (noise-given-argmax): the winner's height is Gumbel around LSE.

    The others are cut off below it: F(new) / F(m - a) = F(fresh), whatever the noise.
    """
    levels = torch.tensor([1e-3, 0.2, 0.5, 0.9, 0.999], dtype=torch.float64)
    values = -(-levels.log()).log()
    fresh = torch.cartesian_prod(*[values] * 4)  # (625, K)
    for b in range(4):
        winner = torch.full((len(fresh),), b)
        noise = noise_given_argmax(LOGITS, winner, noise=fresh)
        height = (LOGITS + noise)[:, b]
        torch.testing.assert_close(height - LSE, fresh[:, b])
        others = [i for i in range(4) if i != b]
        bound = height.unsqueeze(-1) - LOGITS
        share = gumbel_cdf(noise) / gumbel_cdf(bound)
        torch.testing.assert_close(share[:, others], gumbel_cdf(fresh)[:, others])
        assert (noise < bound)[:, others].all()


def test_conditional_noise_lets_the_winner_win(rng):
    """Eq. (noise-given-argmax): the argmax of the perturbed logits is the winner."""
    winner = torch.arange(4).expand(500, 4)
    logits = LOGITS.expand(500, 4, 4)
    noise = noise_given_argmax(logits, winner, generator=rng())
    assert torch.equal(gumbel_max(logits, noise=noise), winner)


def test_conditional_noise_averages_to_gumbel_noise(rng):
    """Eq. (noise-given-argmax): over random winners it is plain Gumbel noise again."""
    generator = rng()
    logits = LOGITS.expand(DRAWS, -1)
    winner = gumbel_max(logits, generator=generator)
    noise = noise_given_argmax(logits, winner, generator=generator)
    for column in noise.T:
        assert stats.kstest(column.numpy(), stats.gumbel_r.cdf).pvalue > REJECT
    correlation = noise.T.corrcoef() - torch.eye(4)
    assert correlation.abs().max() < SIGMAS / math.sqrt(DRAWS)


def test_conditional_noise_agrees_with_rejection(rng):
    """Eq. (noise-given-argmax): same law as keeping the draws that the winner won."""
    generator = rng()
    noise = sample_gumbel(LOGITS.expand(DRAWS, -1), generator=generator)
    kept = noise[gumbel_max(LOGITS, noise=noise) == 2]
    fresh = noise_given_argmax(
        LOGITS, torch.tensor(2), noise=sample_gumbel(kept, generator=generator)
    )
    for one, other in zip(kept.T, fresh.T, strict=True):
        assert stats.ks_2samp(one.numpy(), other.numpy()).pvalue > REJECT


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_conditional_noise_survives_extreme_logits(rng, dtype):
    """Eq. (noise-given-argmax): finite at any scale, also for an unlikely winner."""
    logits = torch.tensor([1e4, -1e4, -math.inf], dtype=dtype).expand(100, -1)
    winner = torch.ones(100, dtype=torch.int64)
    noise = noise_given_argmax(logits, winner, generator=rng())
    assert noise.isfinite().all()
    assert (noise[:, 1] - noise[:, 0] >= 1.9e4).all()


@pytest.mark.parametrize(
    ("winner", "error", "message"),
    [
        (torch.tensor(4), ValueError, "winner must be from 0 to 3, got 4"),
        (torch.tensor([0, 1]), ValueError, "winner must have shape"),
        (torch.tensor(1.0), TypeError, "winner must be an int64 tensor"),
    ],
)
def test_a_winner_must_exist(winner, error, message):
    with pytest.raises(error, match=message):
        noise_given_argmax(LOGITS, winner)


def test_one_row_of_logits_does_not_serve_several_winners():
    with pytest.raises(ValueError, match=r"winner must have shape \(1,\)"):
        noise_given_argmax(LOGITS.view(1, -1), torch.tensor([0, 1]))


def test_a_winner_must_be_possible():
    logits = torch.tensor([0.0, -math.inf])
    with pytest.raises(ValueError, match="winner must be a possible category"):
        noise_given_argmax(logits, torch.tensor(1))


def test_a_bound_must_fit_the_logits():
    with pytest.raises(ValueError, match="value must match logits"):
        max_argmax_cdf(torch.zeros(3), torch.zeros(2, 4))
