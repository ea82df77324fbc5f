"""Bad input to the functions of the note is refused before anything is computed."""

import math

import pytest
import torch

from dlnotes.blocks.checks import check_floating, check_positive
from dlnotes.gumbel_softmax.checks import (
    broadcasts,
    check_categories,
    check_log_relaxed,
    check_logits,
    check_relaxed,
    check_same_categories,
)
from dlnotes.gumbel_softmax.curvature import log_density_curvature
from dlnotes.gumbel_softmax.density import log_density, log_ratio_density
from dlnotes.gumbel_softmax.maximum import (
    expected_max,
    gumbel_max,
    max_argmax_cdf,
    noise_given_argmax,
)
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, log_gumbel_softmax
from dlnotes.gumbel_softmax.top_k import gumbel_top_k, plackett_luce_log_prob
from dlnotes.gumbel_softmax.vae import categorical_kl

HALF = torch.tensor([0.5, 0.5])

TAKES_LOGITS = {
    "gumbel_max": gumbel_max,
    "max_argmax_cdf": lambda a: max_argmax_cdf(torch.tensor(0.0), a),
    "expected_max": expected_max,
    "noise_given_argmax": lambda a: noise_given_argmax(a, torch.tensor(0)),
    "gumbel_top_k": lambda a: gumbel_top_k(a, 1),
    "plackett_luce_log_prob": lambda a: plackett_luce_log_prob(torch.tensor([0]), a),
    "gumbel_softmax": lambda a: gumbel_softmax(a, 1.0),
    "log_gumbel_softmax": lambda a: log_gumbel_softmax(a, 1.0),
    "log_density": lambda a: log_density(HALF, a, 1.0),
    "log_ratio_density": lambda a: log_ratio_density(HALF.log(), a, 1.0),
    "log_density_curvature": lambda a: log_density_curvature(HALF, a, 1.0, HALF),
    "categorical_kl": categorical_kl,
}
TAKES_TEMPERATURE = {
    "gumbel_softmax": lambda t: gumbel_softmax(HALF, t),
    "log_gumbel_softmax": lambda t: log_gumbel_softmax(HALF, t),
    "log_density": lambda t: log_density(HALF, HALF, t),
    "log_ratio_density": lambda t: log_ratio_density(HALF.log(), HALF, t),
    "log_density_curvature": lambda t: log_density_curvature(HALF, HALF, t, HALF),
}
BAD_LOGITS = [
    ([0.0, math.nan], "logits must not be NaN"),
    ([math.nan, math.inf], "logits must not be NaN"),
    ([0.0, math.inf], "logits must be smaller than infinity"),
    ([-math.inf, -math.inf], "logits must allow a category"),
    ([], "logits must have categories on its last axis"),
    (1.0, "logits must have categories on its last axis"),
]


@pytest.mark.parametrize("name", TAKES_LOGITS)
@pytest.mark.parametrize(("logits", "message"), BAD_LOGITS)
def test_logits_must_define_a_distribution(name, logits, message):
    with pytest.raises(ValueError, match=message):
        TAKES_LOGITS[name](torch.tensor(logits))


@pytest.mark.parametrize("name", TAKES_LOGITS)
@pytest.mark.parametrize("logits", [torch.tensor([1, 2]), [1.0, 2.0]])
def test_logits_must_be_a_floating_point_tensor(name, logits):
    with pytest.raises(TypeError, match="logits must be"):
        TAKES_LOGITS[name](logits)


@pytest.mark.parametrize("name", TAKES_TEMPERATURE)
@pytest.mark.parametrize("temperature", [0.0, -1.0, math.inf, math.nan])
def test_temperatures_must_be_positive_and_finite(name, temperature):
    with pytest.raises(ValueError, match="temperature must be positive and finite"):
        TAKES_TEMPERATURE[name](temperature)


@pytest.mark.parametrize("name", TAKES_TEMPERATURE)
@pytest.mark.parametrize("temperature", [torch.tensor([1.0]), "1", None])
def test_temperatures_must_be_numbers(name, temperature):
    with pytest.raises(TypeError, match="temperature must be a real number"):
        TAKES_TEMPERATURE[name](temperature)


def test_good_input_passes():
    check_floating("x", torch.zeros(2))
    check_logits(torch.tensor([[0.0, -math.inf], [1e30, -1e30]]))
    check_logits(torch.zeros(0, 3))
    check_positive("temperature", 1)
    check_positive("temperature", 1e-300)
    check_relaxed(torch.full((5, 100_000), 1e-5))
    check_log_relaxed(torch.zeros(3, 1))
    check_same_categories("x", torch.zeros(4, 1, 3), torch.zeros(2, 3))
    check_categories("x", torch.tensor([0, 2]), 3)


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ((), (3,), True),
        ((2, 1), (3,), True),
        ((2, 3), (2, 1), True),
        ((2,), (3,), False),
        ((2, 3), (3, 2), False),
    ],
)
def test_shapes_broadcast_as_in_torch(one, other, answer):
    assert broadcasts(one, other) is answer
