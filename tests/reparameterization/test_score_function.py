"""Checks of dlnotes.reparameterization.score_function against the note."""

from functools import partial

import pytest
import torch
from torch.distributions import (
    Bernoulli,
    Categorical,
    Exponential,
    Independent,
    MultivariateNormal,
    Normal,
)

from dlnotes.reparameterization.score_function import (
    score,
    score_function_gradient,
    surrogate,
)
from tests.statistics import within

LOC = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
SCALE = torch.tensor([0.3, 1.0, 2.5], dtype=torch.float64)
LOGITS = torch.tensor([1.0, -0.5, 0.3, 0.0], dtype=torch.float64)


def by_logits(logits):
    return Categorical(logits=logits)


def bits_by_logits(logits):
    return Bernoulli(logits=logits)


def test_score_of_a_normal_by_hand(rng):
    """Eq. (score): (z - mu) / sigma^2 and ((z - mu)^2 / sigma^2 - 1) / sigma."""
    noise = torch.randn(6, 2, 3, dtype=torch.float64, generator=rng())
    by_loc, by_scale = score(Normal, (LOC, SCALE), LOC + SCALE * noise)
    torch.testing.assert_close(by_loc, noise / SCALE)
    torch.testing.assert_close(by_scale, (noise**2 - 1) / SCALE)


def test_score_of_a_categorical_by_hand():
    """Eq. (score): one-hot minus probabilities."""
    samples = torch.tensor([[0, 3, 1], [2, 2, 0]])
    (scores,) = score(by_logits, (LOGITS,), samples)
    expected = torch.nn.functional.one_hot(samples, 4) - LOGITS.softmax(-1)
    torch.testing.assert_close(scores, expected)


def test_score_is_autograd_one_sample_at_a_time(rng):
    """Eq. (score): also where the parameters have different ranks, S equal to D."""
    scale = torch.tensor(0.7, dtype=torch.float64)
    samples = torch.randn(3, 3, dtype=torch.float64, generator=rng())
    leaves = (LOC.clone().requires_grad_(), scale.clone().requires_grad_())
    families = [Normal, lambda m, s: Independent(Normal(m, s), 1)]
    for family in families:
        by_loc, by_scale = score(family, (LOC, scale), samples)
        assert by_scale.shape == (3,)
        for row in range(3):
            value = family(*leaves).log_prob(samples[row]).sum()
            expected = torch.autograd.grad(value, leaves)
            torch.testing.assert_close(by_loc[row], expected[0])
            torch.testing.assert_close(by_scale[row], expected[1])


def test_score_takes_a_multivariate_family(rng):
    """Eq. (score): a vector and a matrix of parameters, against autograd."""
    tril = torch.tensor([[1.0, 0.0], [0.5, 2.0]], dtype=torch.float64)
    leaves = (LOC[:2].clone().requires_grad_(), tril.clone().requires_grad_())
    family = lambda m, t: MultivariateNormal(m, scale_tril=t)  # noqa: E731
    samples = torch.randn(2, 2, dtype=torch.float64, generator=rng())
    by_loc, by_tril = score(family, (LOC[:2], tril), samples)

    assert by_tril.shape == (2, 2, 2)
    for row in range(2):
        value = family(*leaves).log_prob(samples[row])
        expected = torch.autograd.grad(value, leaves)
        torch.testing.assert_close(by_loc[row], expected[0])
        torch.testing.assert_close(by_tril[row], expected[1])


def test_a_shared_matrix_is_never_taken_for_one_of_each_sample():
    """As many samples as rows would fit by their shapes."""
    parameters = torch.zeros(3, 2), torch.eye(2)
    for count in (3, 4):
        with pytest.raises(ValueError, match="must take parameters with leading"):
            score(
                lambda loc, root: MultivariateNormal(loc, scale_tril=root),
                parameters,
                torch.ones(count, 3, 2),
            )


@pytest.mark.parametrize("baseline", [0.0, 3.0])
def test_enumeration_gives_the_exact_gradient_of_a_categorical(baseline):
    """Eq. (score-function): probabilities times rows is the gradient, exactly."""
    logits = LOGITS.clone().requires_grad_()
    values = torch.tensor([3.0, -1.0, 0.5, 10.0], dtype=torch.float64)
    (exact,) = torch.autograd.grad(logits.softmax(-1) @ values, logits)

    everything = torch.arange(4)
    (rows,) = score_function_gradient(
        lambda k: values[k], by_logits, (LOGITS,), everything, baseline=baseline
    )
    torch.testing.assert_close(LOGITS.softmax(-1) @ rows, exact)


def test_enumeration_gives_the_exact_gradient_of_coupled_bits():
    """Eq. (score-function): all 16 vectors of 4 bits, with f a black box."""
    vectors = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 4)
    f = lambda b: (b.sum(-1) > 2) & (b[..., 0] == 1)  # noqa: E731  # booleans
    logits = LOGITS.clone().requires_grad_()
    probs = bits_by_logits(logits).log_prob(vectors).sum(-1).exp()
    (exact,) = torch.autograd.grad(probs @ f(vectors).double(), logits)

    (rows,) = score_function_gradient(f, bits_by_logits, (LOGITS,), vectors)
    torch.testing.assert_close(probs.detach() @ rows, exact)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_step_of_a_normal(rng, dtype):
    """Eq. (score-function): d P(z > 0) / d mu is the density at 0."""
    loc, scale = torch.tensor([0.4, 0.8], dtype=dtype)
    z = loc + scale * torch.randn(100_000, dtype=dtype, generator=rng())
    by_loc, _ = score_function_gradient(lambda z: z > 0, Normal, (loc, scale), z)

    exact = Normal(loc, scale).log_prob(torch.zeros((), dtype=dtype)).exp()
    assert by_loc.dtype == dtype
    assert within(by_loc, exact)


def test_a_baseline_leaves_the_mean_and_may_differ_by_parameter(rng):
    """Eq. (score-function): a number, one per sample, and one per parameter."""
    draws = 100_000
    noise = torch.randn(draws, 3, dtype=torch.float64, generator=rng())
    z = LOC + SCALE * noise
    f = lambda z: z.square().sum(-1)  # noqa: E731
    own = torch.rand(draws, dtype=torch.float64, generator=rng(1))
    scores = score(Normal, (LOC, SCALE), z)
    for baseline in [7.0, own, (LOC, torch.tensor(4.0))]:
        rows = score_function_gradient(f, Normal, (LOC, SCALE), z, baseline=baseline)
        for k, exact in enumerate([2 * LOC, 2 * SCALE]):
            b = baseline[k] if isinstance(baseline, tuple) else baseline
            b = b.unsqueeze(-1) if b is own else b
            torch.testing.assert_close(rows[k], (f(z).unsqueeze(-1) - b) * scores[k])
            assert within(rows[k], exact)


def test_f_is_called_once_without_gradients():
    """Eq. (score-function): f may leave torch, and pays for nothing."""
    calls = []

    def f(z):
        calls.append((torch.is_grad_enabled(), z.requires_grad))
        return torch.tensor(z.numpy()).square()

    score_function_gradient(f, Normal, (LOC[0], SCALE[0]), torch.zeros(5).double())
    assert calls == [(False, False)]


def test_whole_numbers_are_weighed_in_the_dtype_of_the_parameters():
    """Eq. (score-function): 2^24 + 1 does not fit float32."""
    f = lambda k: k + 2**24  # noqa: E731
    (rows,) = score_function_gradient(f, by_logits, (LOGITS,), torch.arange(2))
    (scores,) = score(by_logits, (LOGITS,), torch.arange(2))
    values = torch.tensor([[2.0**24], [2.0**24 + 1]], dtype=torch.float64)
    assert torch.equal(rows, values * scores)


def test_surrogate_has_the_estimator_as_its_gradient(rng):
    """Eq. (surrogate): automatic differentiation returns the mean of the rows."""
    logits = LOGITS.clone().requires_grad_()
    samples = torch.randint(4, (50,), generator=rng())
    f = lambda k: (k**2).double()  # noqa: E731
    value = surrogate(f(samples), by_logits(logits).log_prob(samples), baseline=2.0)
    (actual,) = torch.autograd.grad(value.mean(), logits)

    (rows,) = score_function_gradient(f, by_logits, (LOGITS,), samples, baseline=2.0)
    torch.testing.assert_close(actual, rows.mean(0))


def test_a_product_of_batch_averages_has_another_mean():
    """Eq. (surrogate): all pairs of two coins; one half of the gradient is left."""
    logit = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    f = torch.tensor([5.0, -2.0], dtype=torch.float64)
    p = logit.detach().sigmoid()
    mean_of_products = product_of_means = 0.0
    for pair in torch.cartesian_prod(torch.arange(2), torch.arange(2)):
        log_prob = bits_by_logits(logit).log_prob(pair.double())
        chance = log_prob.sum().exp().detach()
        mean_of_products += chance * surrogate(f[pair], log_prob).mean()
        product_of_means += chance * f[pair].mean() * log_prob.mean()
    exact = p * (1 - p) * (f[1] - f[0])
    (right,) = torch.autograd.grad(mean_of_products, logit, retain_graph=True)
    (wrong,) = torch.autograd.grad(product_of_means, logit)
    torch.testing.assert_close(right, exact)
    torch.testing.assert_close(wrong, exact / 2)


def test_surrogate_sends_no_gradient_into_the_values():
    """Eq. (surrogate): what was earned is a number, whatever it was computed from."""
    values = torch.ones(3, requires_grad=True)
    log_prob = torch.zeros(3, requires_grad=True)
    surrogate(values, log_prob, baseline=values).sum().backward()
    assert values.grad is None
    assert log_prob.grad.tolist() == [0.0, 0.0, 0.0]


def test_messages_name_what_is_wrong():
    z = torch.zeros(5, 3).double()
    total = lambda z: z.sum(-1)  # noqa: E731
    with pytest.raises(ValueError, match="samples must have a shape that ends in"):
        score(Normal, (LOC, SCALE), torch.zeros(3, 5).double())
    # torch.compile turns the checks of distributions off for the whole process.
    checked = partial(Normal, validate_args=True)
    with pytest.raises(ValueError, match="scale"):
        score(checked, (LOC, -SCALE), z)
    with pytest.raises(ValueError, match="support"):
        score(partial(Exponential, validate_args=True), (SCALE,), z - 1)
    with pytest.raises(TypeError, match=r"parameters\[1\] must be a tensor, got float"):
        score(Normal, (LOC, 1.0), z)
    with pytest.raises(ValueError, match="parameters must hold at least one tensor"):
        score(Normal, (), z)
    with pytest.raises(TypeError, match="samples must be a tensor, got list"):
        score(Normal, (LOC, SCALE), [0.0, 0.0, 0.0])
    with pytest.raises(TypeError, match=r"must be a tuple such as \(logits,\)"):
        score(Normal, LOC, z)
    with pytest.raises(ValueError, match=r"leading dimensions \(5,\) before"):
        score(lambda m, s: Normal(LOC, SCALE), (LOC, SCALE), z)
    with pytest.raises(ValueError, match=r"one number per sample, shape \(5,\)"):
        score_function_gradient(torch.sum, Normal, (LOC, SCALE), z)
    with pytest.raises(ValueError, match="what f returns must be finite"):
        score_function_gradient(lambda z: total(z) / 0, Normal, (LOC, SCALE), z)
    for baseline, message in [
        (torch.zeros(3), r"one number per sample, shape \(5,\)"),
        ((torch.zeros(3),), "one tensor for each of 2 parameters"),
        ((torch.zeros(3), torch.zeros(2)), "must broadcast to its shape"),
        (torch.inf, "baseline must be finite"),
    ]:
        with pytest.raises(ValueError, match=message):
            score_function_gradient(total, Normal, (LOC, SCALE), z, baseline=baseline)
    with pytest.raises(ValueError, match="values and log_prob must have the same"):
        surrogate(torch.zeros(5), torch.zeros(5, 3))
    with pytest.raises(ValueError, match="baseline must be a number or have shape"):
        surrogate(torch.zeros(5), torch.zeros(5), baseline=torch.zeros(3))
