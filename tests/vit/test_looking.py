"""Checks of dlnotes.vit.looking."""

import math

import pytest
import torch

from dlnotes.vit.looking import (
    attention_distance,
    attention_maps,
    rollout,
    uniform_distance,
)
from dlnotes.vit.model import VisionTransformer
from tests.blocks.test_attention import fill


@pytest.fixture
def model(rng):
    made = VisionTransformer(
        8, 2, dim=12, depth=3, heads=3, classes=5, channels=1, relative=True
    ).double()
    fill(made, rng())
    return made.eval()


def test_maps_are_those_with_which_the_network_computes(model, rng):
    """Values averaged by them give what the layers give."""
    images = torch.randn(2, 1, 8, 8, dtype=torch.float64, generator=rng(1))
    z = model.tokens(images)
    for layer, weights in zip(
        model.encoder.layers, attention_maps(model, images), strict=True
    ):
        value = layer.attention.value(layer.norm1(z)).unflatten(-1, (3, 4))
        mixed = (weights @ value.transpose(1, 2)).transpose(1, 2).flatten(2)
        between = z + layer.attention.output(mixed)
        z = between + layer.feed_forward(layer.norm2(between))
    torch.testing.assert_close(model.head(model.encoder.norm(z)[:, 0]), model(images))


def test_distance_is_a_mean_over_pairs_without_the_class_token(rng):
    """Eq. (attention-distance), by loops."""
    weights = torch.rand(2, 7, 7, dtype=torch.float64, generator=rng())
    expected = torch.zeros(2, dtype=torch.float64)
    for head in range(2):
        for i in range(6):
            row = weights[head, i + 1, 1:] / weights[head, i + 1, 1:].sum()
            for j in range(6):
                apart = math.hypot(i // 3 - j // 3, i % 3 - j % 3)
                expected[head] += row[j] * 16 * apart / 6
    torch.testing.assert_close(attention_distance(weights, (2, 3), patch=16), expected)


@pytest.mark.parametrize("grid", [(1, 1), (4, 4), (2, 5)])
def test_who_looks_everywhere_looks_as_far_as_two_places_are_apart(grid):
    """Eq. (attention-distance)."""
    tokens = grid[0] * grid[1]
    even = torch.full((tokens, tokens), 1 / tokens, dtype=torch.float64)
    assert attention_distance(even, grid).item() == pytest.approx(
        uniform_distance(grid)
    )
    own = torch.eye(tokens, dtype=torch.float64)
    assert attention_distance(own, grid) == 0


def test_rollout_multiplies_the_newest_layer_from_the_left(rng):
    """Eq. (rollout), in words of paths: stay or follow attention, half each."""
    first, second = torch.rand(2, 1, 4, 4, dtype=torch.float64, generator=rng())
    first, second = (x / x.sum(-1, keepdim=True) for x in (first, second))
    stay = torch.eye(4, dtype=torch.float64)
    paths = stay + first[0] + second[0] + second[0] @ first[0]
    torch.testing.assert_close(rollout([first, second]), paths / 4)


def test_rollout_averages_over_heads_and_keeps_the_sum(rng):
    """Eq. (rollout)."""
    maps = torch.randn(3, 2, 4, 5, 5, dtype=torch.float64, generator=rng()).softmax(-1)
    rolled = rollout(list(maps))
    torch.testing.assert_close(rolled.sum(-1), torch.ones(2, 5).double())
    averaged = maps.mean(2, keepdim=True)
    torch.testing.assert_close(rollout(list(averaged)), rolled)
