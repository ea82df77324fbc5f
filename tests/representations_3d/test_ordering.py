"""Checks of dlnotes.representations_3d.ordering."""

import math
from typing import get_args

import pytest
import torch

from dlnotes.representations_3d.ordering import (
    AttentionSum,
    Handling,
    LastState,
    OrderingNetwork,
    sort_points,
)
from tests.representations_3d.by_loops import largest, row, rows, score
from tests.weights import enliven

HANDLINGS = get_args(Handling)
FREE = ("attention", "max", "mean", "sorted")  # of the order


def clouds(rng, count=9):
    return torch.randn(2, count, 3, dtype=torch.float64, generator=rng())


def network(handling, rng):
    model = OrderingNetwork(4, handling, count=9, widths=(5, 6), head=(7,))
    enliven(model, rng(7))
    return model.double().eval()


def read(reader, features):
    """An LSTM, gate by gate."""
    state = memory = features.new_zeros(features.shape[1])
    weights = reader.weight_ih_l0, reader.weight_hh_l0
    bias = reader.bias_ih_l0 + reader.bias_hh_l0
    for vector in features:
        parts = (weights[0] @ vector + weights[1] @ state + bias).chunk(4)
        enter, keep, leave = (1 / (1 + (-parts[i]).exp()) for i in (0, 1, 3))
        memory = keep * memory + enter * parts[2].tanh()
        state = leave * memory.tanh()
    return state


def attend(layer, features):
    """A mean whose weights are exponentials of scores."""
    scores = [(layer.score.weight[0] @ f + layer.score.bias).exp() for f in features]
    return sum(s * f for s, f in zip(scores, features, strict=True)) / sum(scores)


def by_loops(model, cloud):
    if model.flat:
        if model.handling == "sorted":
            cloud = torch.tensor(sorted(cloud.tolist()), dtype=torch.float64)
        return score(model.head.parts, row(model.local, cloud.flatten()))
    features = rows(model.local, cloud)
    combined = {
        "lstm": lambda: read(model.combiner.reader, features),
        "attention": lambda: attend(model.combiner, features),
        "mean": lambda: sum(features) / len(features),
        "max": lambda: largest(features),
    }
    return score(model.head.parts, combined[model.handling]())


@pytest.mark.parametrize("handling", HANDLINGS)
def test_each_way_is_its_formula_by_loops(rng, handling):
    """With copied weights in float64: only the order of sums differs."""
    model, points = network(handling, rng), clouds(rng)
    expected = torch.stack([by_loops(model, cloud) for cloud in points])
    torch.testing.assert_close(model(points), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("handling", HANDLINGS)
def test_order_does_not_matter_to_four_of_six(rng, handling):
    model, points = network(handling, rng), clouds(rng)
    mixed = model(points[:, torch.randperm(9, generator=rng(3))])
    change = (mixed - model(points)).abs().max()
    if handling in FREE:
        assert change < 1e-12
    else:
        assert change > 1e-3


@pytest.mark.parametrize("handling", HANDLINGS)
def test_every_weight_of_each_way_learns(rng, handling):
    model = network(handling, rng)
    model(clouds(rng)).square().sum().backward()
    silent = [
        name
        for name, p in model.named_parameters()
        if p.grad is None or not p.grad.any()
    ]
    # The bias of all scores moves none of the weights of attention.
    assert silent in ([], ["combiner.score.bias"])


def test_sorting_is_that_of_tuples(rng):
    points = torch.randint(0, 3, (4, 12, 3), generator=rng()).double()
    for cloud, found in zip(points.tolist(), sort_points(points).tolist(), strict=True):
        assert found == sorted(cloud)


def test_sorting_jumps_where_a_pair_is_turned_by_half_a_circle():
    """Steps are small, the set is the same at the end, and the first one jumps."""
    angle = math.pi * torch.arange(1001, dtype=torch.float64) / 1000
    way = torch.stack([angle.cos(), angle.sin()], -1)
    pairs = torch.stack([way, -way], 1)
    first = sort_points(pairs)[:, 0]
    torch.testing.assert_close(first[0], first[-1], rtol=0, atol=1e-12)
    steps = (pairs[1:] - pairs[:-1]).norm(dim=-1).max()
    assert steps < 0.0032  # pi / 1000
    jumps = (first[1:] - first[:-1]).norm(dim=-1)
    assert jumps.max() > 1.99
    assert (jumps > 2 * steps).sum() == 1


def test_sorting_a_line_does_not_jump(rng):
    """On a line no coordinate of the sorted ones moves farther than a point did."""
    one = torch.randn(50, 9, 1, dtype=torch.float64, generator=rng())
    other = one + 0.1 * torch.randn(50, 9, 1, dtype=torch.float64, generator=rng(1))
    moved = (sort_points(one) - sort_points(other)).abs().amax(1)
    assert (moved <= (one - other).abs().amax(1)).all()


def test_any_number_of_points_where_they_are_combined(rng):
    for handling in ("lstm", "attention", "mean", "max"):
        assert network(handling, rng)(clouds(rng, 5)).shape == (2, 4)
    for handling in ("unsorted", "sorted"):
        with pytest.raises(ValueError, match=r"must have shape \(B, 9, 3\), got"):
            network(handling, rng)(clouds(rng, 5))


def test_what_is_none_of_the_six_is_refused(rng):
    with pytest.raises(ValueError, match="'median'"):
        OrderingNetwork(4, "median")
    with pytest.raises(ValueError, match="size"):
        AttentionSum(0)
    with pytest.raises(ValueError, match="size"):
        LastState(0)
    with pytest.raises(ValueError, match="B, N, 3"):
        network("max", rng)(clouds(rng)[..., :2])
