"""Checks of dlnotes.gumbel_softmax.maximum against docs/notes/gumbel_softmax.md."""

import math

import pytest
import torch
from scipy import integrate, stats

from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.maximum import (
    expected_max,
    gumbel_max,
    max_argmax_cdf,
    noise_given_argmax,
)

PROBS = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
LOGITS = PROBS.log() + 2  # a shift makes the weights unnormalised
LSE = 2.0
DRAWS = 200_000
SIGMAS = 5  # a correct result fails one comparison in about two million
REJECT = 1e-4  # a correct sampler has a smaller p-value once in ten thousand seeds


def chi_square_p(samples, probs):
    counts = samples.bincount(minlength=len(probs))
    return stats.chisquare(counts, probs * len(samples)).pvalue


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gumbel_max_draws_the_softmax(rng, dtype):
    """Eq. (gumbel-max): a chi-square test does not reject the softmax."""
    samples = gumbel_max(LOGITS.to(dtype).expand(DRAWS, -1), generator=rng())
    assert samples.dtype == torch.int64
    assert chi_square_p(samples, PROBS) > REJECT


def test_gumbel_max_needs_the_right_sign_of_the_noise(rng):
    """Eq. (gumbel-max): with the noise turned round the law is another one."""
    noise = sample_gumbel(LOGITS.expand(DRAWS, -1), generator=rng())
    assert chi_square_p(gumbel_max(LOGITS, noise=-noise), PROBS) < 1e-100


def test_both_proofs_integrals_give_the_softmax():
    """Eq. (gumbel-max): the uniform and the Gumbel integral both give p."""
    for p, a in zip(PROBS.tolist(), LOGITS.tolist(), strict=True):
        uniform = integrate.quad(lambda u, p=p: u ** (1 / p - 1), 0, 1)[0]
        assert uniform == pytest.approx(p, abs=1e-9)

        def density_times_losers(x, a=a):
            return math.exp(-(x - a) - math.exp(LSE - x))

        gumbel = integrate.quad(density_times_losers, -4, 60, epsabs=1e-12)[0]
        assert gumbel == pytest.approx(p, abs=1e-9)


def test_losing_is_not_independent_without_the_condition(rng):
    """Eq. (gumbel-max): the first proof's events are independent only given u_1."""
    u = torch.rand(DRAWS, 3, dtype=torch.float64, generator=rng())
    loses = u[:, 1:] < u[:, :1]  # three equal categories: u_2 < u_1, u_3 < u_1
    both = loses.all(-1).double().mean().item()
    error = math.sqrt(1 / 3 * 2 / 3 / DRAWS)
    assert both == pytest.approx(1 / 3, abs=SIGMAS * error)  # not 1/2 * 1/2


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

    won = torch.nn.functional.one_hot(winner, 4).double()
    share = torch.stack([won[top <= bound].sum(0) / DRAWS for bound in bounds])
    error = (law * (1 - law) / DRAWS).sqrt()
    assert ((share - law).abs() < SIGMAS * error).all()


def test_joint_law_is_the_integral_of_the_second_proof():
    """Eq. (max-and-argmax): quadrature up to the bound gives the same numbers."""
    bound = torch.tensor(2.5, dtype=torch.float64)
    law = max_argmax_cdf(bound, LOGITS)
    for i, a in enumerate(LOGITS.tolist()):
        mass = integrate.quad(
            lambda x, a=a: math.exp(-(x - a) - math.exp(LSE - x)), -4, bound.item()
        )[0]
        assert law[i].item() == pytest.approx(mass, abs=1e-8)


def test_joint_law_tends_to_the_softmax_and_to_nothing():
    """Eq. (max-and-argmax): the bound stops to bind, or leaves nothing."""
    bounds = torch.tensor([1e4, -1e4], dtype=torch.float64)
    expected = torch.stack([PROBS, 0 * PROBS])
    torch.testing.assert_close(max_argmax_cdf(bounds, LOGITS), expected)


def test_expected_max_agrees_with_sampling(rng):
    """Eq. (expected-max): the mean of the maximum is LSE plus Euler's constant."""
    noise = sample_gumbel(LOGITS.expand(DRAWS, -1), generator=rng())
    top = (LOGITS + noise).amax(-1)
    error = math.pi / math.sqrt(6 * DRAWS)  # the maximum has a Gumbel's variance
    assert top.mean().item() == pytest.approx(
        expected_max(LOGITS).item(), abs=SIGMAS * error
    )


def test_gradient_of_the_expected_max_is_the_softmax():
    """Eq. (expected-max): raising a logit raises the maximum as often as it wins."""
    logits = LOGITS.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(expected_max(logits), logits)
    torch.testing.assert_close(gradient, PROBS)


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
        (torch.tensor(-1), ValueError, "winner must be from 0 to 3, got -1"),
        (torch.tensor([0, 1]), ValueError, "winner must have shape"),
        (torch.tensor(1.0), TypeError, "winner must be an int64 tensor"),
    ],
)
def test_a_winner_must_exist(winner, error, message):
    with pytest.raises(error, match=message):
        noise_given_argmax(LOGITS, winner)


def test_a_winner_must_be_possible():
    logits = torch.tensor([0.0, -math.inf])
    with pytest.raises(ValueError, match="winner must be a possible category"):
        noise_given_argmax(logits, torch.tensor(1))
