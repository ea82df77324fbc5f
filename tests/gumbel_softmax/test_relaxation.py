"""Checks of dlnotes.gumbel_softmax.relaxation against docs/notes/gumbel_softmax.md."""

import math

import pytest
import torch
from pyro.distributions import RelaxedOneHotCategoricalStraightThrough
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


def test_of_equal_largest_entries_the_first_counts():
    """Eq. (straight-through): at a tie the result is still one-hot."""
    tied = torch.tensor([[0.2, 0.4, 0.4], [0.5, 0.5, 0.0]])
    assert straight_through(tied).tolist() == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize("function", [gumbel_softmax, log_gumbel_softmax])
def test_a_temperature_of_each_row_has_its_gradient_beside_masks(function, rng):
    """Eq. (gumbel-softmax), Eq. (log-gumbel-softmax): finite differences agree."""
    logits = torch.stack([LOGITS, LOGITS.flip(0), 0 * LOGITS])
    logits[0, 1] = logits[1, 3] = -math.inf
    possible = logits > -math.inf
    temperature = torch.tensor([[0.2], [1.0], [5.0]], dtype=torch.float64)
    temperature.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda t: function(logits, t, generator=rng())[possible], temperature
    )


def test_entries_that_vanish_leave_no_gradient(rng):
    """Eq. (gumbel-softmax): the cut lies where the entries are exactly 0 anyway."""
    logits = torch.tensor([0.0, -740.0, -799.0, -801.0], dtype=torch.float64)
    logits.requires_grad_()
    relaxed = gumbel_softmax(logits, 1.0, noise=torch.zeros(4).double())
    assert relaxed.tolist() == [1, math.exp(-740), 0, 0]
    (slope,) = torch.autograd.grad(relaxed @ WEIGHTS, logits)
    assert slope[1] != 0
    assert slope[2:].tolist() == [0, 0]


def test_annealing_follows_the_recursion_of_the_companion_code():
    """Eq. (anneal): the distance to the floor shrinks by the rate at each step."""
    distance = 0.99
    for step in range(200):
        assert anneal(step) == pytest.approx(0.01 + distance)
        distance *= 0.999
    assert anneal(10**9) == pytest.approx(0.01)
    assert anneal(3, start=2.0, end=0.5, rate=0.5) == pytest.approx(0.5 + 1.5 / 8)
    assert [anneal(s, rate=0.0) for s in (0, 1)] == [1.0, 0.01]
    assert anneal(7, rate=1.0) == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"step": -1}, "step must be at least 0, got -1"),
        ({"step": 1, "end": 0.0}, r"end must be positive and finite, got 0\.0"),
        ({"step": 1, "start": math.nan}, "start must be finite, got nan"),
        ({"step": 1, "rate": 1.5}, r"rate must be between 0 and 1, got 1\.5"),
        ({"step": 1, "rate": -0.1}, r"rate must be between 0 and 1, got -0\.1"),
        ({"step": 1, "rate": math.nan}, "rate must be finite, got nan"),
    ],
)
def test_a_schedule_must_make_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        anneal(**arguments)
