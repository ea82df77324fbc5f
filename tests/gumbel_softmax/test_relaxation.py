"""Checks of dlnotes.gumbel_softmax.relaxation against docs/notes/gumbel_softmax.md."""

import math

import pytest
import torch
from pyro.distributions import RelaxedOneHotCategoricalStraightThrough
from scipy import integrate, stats
from torch.distributions.utils import clamp_probs
from torch.nn import functional as F

from dlnotes.gumbel_softmax.gumbel import gumbel_icdf, sample_gumbel
from dlnotes.gumbel_softmax.maximum import gumbel_max
from dlnotes.gumbel_softmax.relaxation import (
    anneal,
    gumbel_softmax,
    log_gumbel_softmax,
    straight_through,
)

LOGITS = torch.tensor([1.5, 0.0, -1.0, 0.5], dtype=torch.float64)
WEIGHTS = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
DRAWS = 200_000
SIGMAS = 5  # a correct sampler fails one comparison in about two million


def gradient(sample, logits):
    return torch.autograd.grad((sample**2 @ WEIGHTS).sum(), logits, retain_graph=True)


@pytest.fixture
def global_seed():
    """Torch's global generator, restored afterwards: peers know no other."""
    with torch.random.fork_rng():
        yield torch.manual_seed


@pytest.mark.parametrize("temperature", [0.1, 1.0, 10.0])
def test_same_noise_gives_the_sample_of_torch(global_seed, temperature):
    """Eq. (gumbel-softmax): equal to F.gumbel_softmax, in value and in gradient."""
    logits = LOGITS.expand(50, -1).clone().requires_grad_()
    global_seed(3)
    theirs = F.gumbel_softmax(logits, temperature)
    global_seed(3)
    ours = gumbel_softmax(logits, temperature, noise=sample_gumbel(logits))

    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(gradient(ours, logits), gradient(theirs, logits))


def test_same_noise_gives_the_hard_sample_of_torch(global_seed):
    """Eq. (straight-through): equal to hard=True, in value and in gradient."""
    logits = LOGITS.expand(50, -1).clone().requires_grad_()
    global_seed(4)
    theirs = F.gumbel_softmax(logits, 0.7, hard=True)
    global_seed(4)
    ours = straight_through(gumbel_softmax(logits, 0.7, noise=sample_gumbel(logits)))

    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(gradient(ours, logits), gradient(theirs, logits))


def test_same_noise_gives_the_sample_of_pyro(global_seed):
    """Eq. (straight-through): equal to pyro, whose noise comes from torch.rand."""
    logits = LOGITS.expand(50, -1).clone().requires_grad_()
    temperature = torch.tensor(0.7, dtype=torch.float64)
    pyro = RelaxedOneHotCategoricalStraightThrough(temperature, logits=logits)
    global_seed(5)
    theirs = pyro.rsample()
    global_seed(5)
    noise = gumbel_icdf(clamp_probs(torch.rand(50, 4, dtype=torch.float64)))
    ours = straight_through(gumbel_softmax(logits, 0.7, noise=noise))

    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(gradient(ours, logits), gradient(theirs, logits))


@pytest.mark.parametrize("temperature", [0.1, 1.0, 10.0])
def test_rounding_gives_the_winner_of_gumbel_max(rng, temperature):
    """Eq. (gumbel-softmax): same noise, same winner, at every temperature."""
    logits = LOGITS.expand(50, 2, -1)
    relaxed = gumbel_softmax(logits, temperature, generator=rng())

    assert relaxed.shape == logits.shape
    torch.testing.assert_close(relaxed.sum(-1), torch.ones(50, 2, dtype=logits.dtype))
    assert torch.equal(relaxed.argmax(-1), gumbel_max(logits, generator=rng()))


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


def test_relaxed_samples_do_not_have_the_right_mean(rng):
    """Eq. (gumbel-softmax): at temperature 1 two categories have a closed-form mean."""
    odds = math.exp(0.4)
    mean = (odds**2 - odds - odds * math.log(odds)) / (odds - 1) ** 2
    logistic = stats.logistic.pdf
    integral = integrate.quad(lambda x: logistic(x) / (1 + math.exp(-0.4 - x)), -40, 40)
    assert mean == pytest.approx(integral[0], abs=1e-9)
    assert mean < odds / (1 + odds) - 0.03  # far from the probability, towards 1/2

    logits = torch.tensor([0.4, 0.0], dtype=torch.float64)
    relaxed = gumbel_softmax(logits.expand(DRAWS, -1), 1.0, generator=rng())
    error = 0.5 / math.sqrt(
        DRAWS
    )  # a number between 0 and 1 has at most this deviation
    assert relaxed[:, 0].mean().item() == pytest.approx(mean, abs=SIGMAS * error)


def test_temperature_divides_the_noise_too(rng):
    """Eq. (gumbel-softmax): dividing only the logits gives another distribution."""
    noise = sample_gumbel(LOGITS.expand(DRAWS, -1), generator=rng())
    wrong = (LOGITS / 0.5 + noise).softmax(-1).argmax(-1).bincount() / DRAWS
    assert (wrong - LOGITS.softmax(-1)).abs().max() > 0.1


def test_samples_have_the_right_gradient(rng):
    """Eq. (gumbel-softmax): with the noise held fixed, finite differences agree."""
    logits = LOGITS.clone().requires_grad_()
    for function in (gumbel_softmax, log_gumbel_softmax):
        assert torch.autograd.gradcheck(
            lambda x, function=function: function(x, 0.7, generator=rng()), logits
        )


def test_a_common_shift_of_the_logits_changes_nothing(rng):
    """Eq. (gumbel-softmax): logits may stand in for log-probabilities."""
    one = gumbel_softmax(LOGITS.expand(50, -1), 0.5, generator=rng())
    other = gumbel_softmax(LOGITS.expand(50, -1) + 7, 0.5, generator=rng())
    torch.testing.assert_close(one, other)


def test_log_samples_are_the_logs(rng):
    """Eq. (log-gumbel-softmax): equal where the sample does not round to 0."""
    relaxed = gumbel_softmax(LOGITS.expand(50, -1), 0.5, generator=rng())
    logs = log_gumbel_softmax(LOGITS.expand(50, -1), 0.5, generator=rng())
    torch.testing.assert_close(logs, relaxed.log())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("temperature", [1e-3, 1.0, 1e3])
def test_extreme_logits_and_temperatures_give_finite_numbers(rng, dtype, temperature):
    """Eq. (gumbel-softmax), Eq. (log-gumbel-softmax): no NaN, gradients included."""
    logits = torch.tensor([1e4, 0.0, -1e4], dtype=dtype).expand(100, -1)
    logits = logits.clone().requires_grad_()
    relaxed = gumbel_softmax(logits, temperature, generator=rng())
    logs = log_gumbel_softmax(logits, temperature, generator=rng())
    (slope,) = torch.autograd.grad((relaxed.square() + logs).sum(), logits)

    assert relaxed.dtype == dtype
    for tensor in (relaxed, logs, slope):
        assert tensor.isfinite().all()
    torch.testing.assert_close(relaxed.sum(-1), torch.ones(100, dtype=dtype))


def test_impossible_categories_stay_at_zero_without_gradient(rng):
    """Eq. (gumbel-softmax): a logit of -inf leaves the others a law of their own."""
    logits = torch.tensor([0.0, -math.inf, 1.0], requires_grad=True)
    relaxed = gumbel_softmax(logits.expand(50, -1), 0.5, generator=rng())
    (slope,) = torch.autograd.grad(relaxed.square().sum(), logits)
    assert (relaxed[:, 1] == 0).all()
    assert slope[1] == 0
    assert slope.isfinite().all()


def test_one_category_is_certain(rng):
    """Eq. (gumbel-softmax): for K = 1 the simplex is a point."""
    assert gumbel_softmax(torch.zeros(3, 1), 0.1, generator=rng()).tolist() == [[1]] * 3


@pytest.mark.parametrize("shape", [(0, 3), (2, 0, 3), (2, 3, 4, 5)])
def test_any_leading_dimensions_will_do(rng, shape):
    """Eq. (gumbel-softmax): also none at all, also empty ones."""
    assert gumbel_softmax(torch.zeros(shape), 1.0, generator=rng()).shape == shape
    assert straight_through(torch.zeros(shape)).shape == shape


def test_rounded_samples_are_exactly_one_hot(rng):
    """Eq. (straight-through): every entry is 0 or 1, also in float32."""
    relaxed = gumbel_softmax(LOGITS.float().expand(1000, -1), 1.0, generator=rng())
    rounded = straight_through(relaxed)
    assert rounded.unique().tolist() == [0, 1]
    assert (rounded.sum(-1) == 1).all()
    assert torch.equal(rounded.argmax(-1), relaxed.argmax(-1))


def test_rounded_samples_pass_the_gradient_on(rng):
    """Eq. (straight-through): the gradient by the relaxed sample is the identity."""
    relaxed = gumbel_softmax(LOGITS.expand(50, -1), 0.7, generator=rng())
    relaxed.requires_grad_()
    (slope,) = torch.autograd.grad((straight_through(relaxed) @ WEIGHTS).sum(), relaxed)
    assert torch.equal(slope, WEIGHTS.expand(50, -1))


def test_detaching_the_other_term_turns_the_gradient_round(rng):
    """Eq. (straight-through): the order of the two terms in the bracket matters."""
    relaxed = gumbel_softmax(LOGITS.expand(50, -1), 0.7, generator=rng())
    relaxed.requires_grad_()
    wrong = straight_through(relaxed.detach()) + (relaxed.detach() - relaxed)
    (slope,) = torch.autograd.grad((wrong @ WEIGHTS).sum(), relaxed)
    assert torch.equal(slope, -WEIGHTS.expand(50, -1))


def test_annealing_follows_the_recursion_of_the_companion_code():
    """Eq. (anneal): the distance to the floor shrinks by the rate at each step."""
    distance = 0.99
    for step in range(200):
        assert anneal(step) == pytest.approx(0.01 + distance)
        distance *= 0.999
    assert anneal(10**9) == pytest.approx(0.01)
    assert anneal(3, start=2.0, end=0.5, rate=0.5) == pytest.approx(0.5 + 1.5 / 8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"step": -1}, "step must be 0 or more, got -1"),
        ({"step": 1, "end": 0.0}, "temperature must be positive and finite, got 0.0"),
        ({"step": 1, "start": math.nan}, "temperature must be positive"),
        ({"step": 1, "rate": 1.5}, "rate must be between 0 and 1, got 1.5"),
        ({"step": 1, "rate": math.nan}, "rate must be between 0 and 1, got nan"),
    ],
)
def test_a_schedule_must_make_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        anneal(**arguments)


def test_what_is_rounded_must_have_categories():
    with pytest.raises(ValueError, match="categories on its last axis"):
        straight_through(torch.zeros(2, 0))
    with pytest.raises(ValueError, match="categories on its last axis"):
        straight_through(torch.tensor(1.0))
    with pytest.raises(ValueError, match="relaxed must not be NaN"):
        straight_through(torch.tensor([math.nan, 1.0]))
    with pytest.raises(TypeError, match="relaxed must be floating-point"):
        straight_through(torch.tensor([0, 1]))
