"""Checks of dlnotes.votenet.clustering."""

import pytest
import torch

from dlnotes.blocks.neighbors import first_within
from dlnotes.votenet.clustering import (
    VoteAggregation,
    choose_centers,
    cluster_members,
)
from tests.weights import enliven


def scene(rng, factor=1):
    votes = torch.rand(2, 20, factor, 3, dtype=torch.float64, generator=rng())
    seeds = torch.rand(2, 20, 3, dtype=torch.float64, generator=rng(1))
    features = torch.randn(2, 20 * factor, 4, dtype=torch.float64, generator=rng(2))
    return votes, seeds, features


def farthest(points, count):
    """Farthest points, one after the other."""
    chosen = [0]
    while len(chosen) < count:
        gaps = [min(float((p - points[c]).norm()) for c in chosen) for p in points]
        chosen.append(max(range(len(points)), key=gaps.__getitem__))
    return chosen


@pytest.mark.parametrize("factor", [1, 2])
def test_centers_are_far_votes_or_the_votes_of_far_seeds(factor, rng):
    """Eq. (proposal): which votes are centers, against a loop."""
    votes, seeds, _ = scene(rng, factor)
    by_votes = choose_centers(votes, seeds, 5, by="votes")
    by_seeds = choose_centers(votes, seeds, 5, by="seeds")
    for b in range(2):
        assert by_votes[b].tolist() == farthest(votes[b].flatten(0, 1), 5)
        assert by_seeds[b].tolist() == [factor * i for i in farthest(seeds[b], 5)]


def test_random_centers_are_all_equally_likely(rng):
    votes, seeds = torch.zeros(2, 5, 2, 3), torch.zeros(2, 5, 3)
    drawn = choose_centers(votes, seeds, 5000, by="random", generator=rng())
    counts = drawn.flatten().bincount(minlength=10)
    assert len(counts) == 10
    # 10,000 draws of chance 0.1: standard deviation 30; six of them.
    assert (counts - 1000).abs().max() < 180


@pytest.mark.parametrize("by", ["votes", "seeds", "random"])
def test_without_a_seed_there_is_no_center(by):
    with pytest.raises(ValueError, match=r"seeds must be one or more, got \(2, 0"):
        choose_centers(torch.zeros(2, 0, 1, 3), torch.zeros(2, 0, 3), 4, by=by)


def test_centers_beyond_the_seeds_repeat_the_first(rng):
    votes, seeds, _ = scene(rng, 2)
    chosen = choose_centers(votes[:, :3], seeds[:, :3], 5, by="seeds")
    assert chosen[:, 3:].eq(chosen[:, :1]).all()
    assert chosen[:, :3].sort(1).values.tolist() == [[0, 2, 4]] * 2


def test_members_of_a_cluster_are_seen_from_its_center_in_radii(rng):
    """Eq. (proposal), against a loop over clusters and their votes."""
    votes, _, features = scene(rng)
    votes = votes[:, :, 0]
    centers = votes[:, [3, 8]]
    ball = first_within(votes, centers, 0.4, 6)
    seen = cluster_members(votes, features, centers, ball, 0.4)
    assert seen[..., :3].norm(dim=-1).max() <= 1
    for b in range(2):
        for k, center in enumerate(centers[b]):
            near = [i for i in range(20) if (votes[b, i] - center).norm() <= 0.4][:6]
            for s, i in enumerate(near):
                wanted = torch.cat([(votes[b, i] - center) / 0.4, features[b, i]])
                torch.testing.assert_close(seen[b, k, s], wanted)


@pytest.mark.parametrize("pooling", ["learned", "max", "mean"])
def test_a_cluster_is_pooled_over_the_votes_in_its_ball(pooling, rng):
    """Eq. (proposal): repeated votes count once, against a loop."""
    votes, _, features = scene(rng)
    votes = votes[:, :, 0]
    chosen = torch.tensor([[3, 8, 1], [0, 4, 19]])
    made = VoteAggregation(4, (6, 5), radius=0.4, size=6, pooling=pooling).double()
    enliven(made, rng(5))
    found = made.eval()(votes, features, chosen)
    assert found.shape == (2, 3, made.width)
    for b in range(2):
        for k, number in enumerate(chosen[b]):
            gaps = votes[b] - votes[b, number]
            near = [i for i in range(20) if gaps[i].norm() <= 0.4][:6]
            rows = features[b, near]
            if pooling == "learned":
                rows = made.network(torch.cat([gaps[near] / 0.4, rows], -1))
            wanted = rows.mean(0) if pooling == "mean" else rows.amax(0)
            torch.testing.assert_close(found[b, k], wanted)


def test_coincident_votes_have_finite_gradients(rng):
    votes = torch.zeros(1, 8, 3, requires_grad=True)
    features = torch.randn(1, 8, 4, generator=rng()).requires_grad_()
    made = VoteAggregation(4, (6,))
    made(votes, features, torch.tensor([[0, 5]])).sum().backward()
    assert votes.grad.isfinite().all()
    assert features.grad.isfinite().all()


def test_unknown_words_are_refused():
    with pytest.raises(ValueError, match="got 'far'"):
        choose_centers(torch.zeros(1, 2, 1, 3), torch.zeros(1, 2, 3), 1, by="far")
    with pytest.raises(ValueError, match="got 'sum'"):
        VoteAggregation(4, pooling="sum")
