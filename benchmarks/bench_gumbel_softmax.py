"""Times of dlnotes.gumbel_softmax beside those of other implementations.

Every function checks its input first; the times include that.
"""

import pytest
import torch
from pyro.distributions import RelaxedOneHotCategoricalStraightThrough
from torch.distributions import Categorical, RelaxedOneHotCategorical
from torch.nn import functional as F

from dlnotes.gumbel_softmax.density import relaxed_log_prob
from dlnotes.gumbel_softmax.maximum import gumbel_max
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, straight_through

TEMPERATURE = torch.tensor(0.5)
LOGITS = torch.randn(256, 64, generator=torch.Generator().manual_seed(0))
WEIGHTS = torch.randn(256, 64, generator=torch.Generator().manual_seed(1))

RELAXED = {
    "dlnotes": lambda a: gumbel_softmax(a, 0.5),
    "torch.nn": lambda a: F.gumbel_softmax(a, 0.5),
    "torch.distributions": lambda a: RelaxedOneHotCategorical(
        TEMPERATURE, logits=a
    ).rsample(),
}
HARD = {
    "dlnotes": lambda a: straight_through(gumbel_softmax(a, 0.5)),
    "torch.nn": lambda a: F.gumbel_softmax(a, 0.5, hard=True),
    "pyro": lambda a: RelaxedOneHotCategoricalStraightThrough(
        TEMPERATURE, logits=a
    ).rsample(),
}
CATEGORIES = {
    "dlnotes": gumbel_max,
    "torch.multinomial": lambda a: torch.multinomial(a.softmax(-1), 1).squeeze(-1),
    "torch.distributions": lambda a: Categorical(logits=a).sample(),
}
DENSITY = {
    "dlnotes": lambda y: relaxed_log_prob(y, LOGITS, 0.5),
    "torch.distributions": lambda y: RelaxedOneHotCategorical(
        TEMPERATURE, logits=LOGITS
    ).log_prob(y),
}


@pytest.mark.parametrize("peer", RELAXED)
@pytest.mark.benchmark(group="relaxed sample (256, 64), forward and backward")
def test_relaxed_sample(benchmark, peer):
    logits = LOGITS.clone().requires_grad_()
    gradient = benchmark(_weighted_gradient, RELAXED[peer], logits)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("peer", HARD)
@pytest.mark.benchmark(group="straight-through (256, 64), forward and backward")
def test_straight_through(benchmark, peer):
    logits = LOGITS.clone().requires_grad_()
    gradient = benchmark(_weighted_gradient, HARD[peer], logits)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("peer", CATEGORIES)
@pytest.mark.benchmark(group="categorical sample (256, 64)")
def test_categorical_sample(benchmark, peer):
    assert benchmark(CATEGORIES[peer], LOGITS).shape == (256,)


@pytest.mark.parametrize("peer", DENSITY)
@pytest.mark.benchmark(group="log-density (256, 64)")
def test_log_density(benchmark, peer):
    relaxed = LOGITS.softmax(-1)
    torch.testing.assert_close(
        benchmark(DENSITY[peer], relaxed), DENSITY["dlnotes"](relaxed)
    )


def _weighted_gradient(sample, logits):
    (gradient,) = torch.autograd.grad((sample(logits) * WEIGHTS).sum(), logits)
    return gradient
