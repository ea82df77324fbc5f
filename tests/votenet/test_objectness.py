"""Checks of dlnotes.votenet.objectness."""

import math

import pytest
import torch

from dlnotes.votenet.objectness import (
    Truths,
    assign_objects,
    objectness_loss,
    validate_truths,
)

# The first is the truth; three more votes, two of which are near the origin.
VOTES = torch.tensor([[[3.0, 3, 1], [0, 0, 0], [0.1, 0.1, 0.1], [2, 0, 0]]])
PADDED = torch.zeros(1, 64, 3)
PADDED[0, 0] = torch.tensor([3.0, 3, 1])


def scene(rng):
    clusters = torch.rand(3, 30, 3, dtype=torch.float64, generator=rng())
    truths = torch.rand(3, 5, 3, dtype=torch.float64, generator=rng(1))
    real = torch.arange(5) < torch.tensor([[5], [2], [0]])
    scores = torch.randn(3, 30, 2, dtype=torch.float64, generator=rng(2))
    return clusters, truths, real, scores


def test_padding_at_the_origin_counts_as_an_object_unless_it_is_masked():
    """Eq. (objectness): the labels 1, 1, 1, 0 of the published program, and ours."""
    published = assign_objects(VOTES, PADDED)
    assert published.positive.int().tolist() == [[1, 1, 1, 0]]
    masked = assign_objects(VOTES, PADDED, mask=torch.arange(64)[None] < 1)
    assert masked.positive.int().tolist() == [[1, 0, 0, 0]]
    assert masked.counted.all()
    assert (masked.objects == 0).all()


@pytest.mark.parametrize(("near", "far"), [(0.3, 0.6), (0.2, 0.4), (0.3, 0.3)])
def test_near_is_positive_far_is_negative_between_is_not_judged(near, far, rng):
    """Eq. (objectness), against a loop over clusters and truths."""
    clusters, truths, real, _ = scene(rng)
    found = assign_objects(clusters, truths, near=near, far=far, mask=real)
    kinds = set()
    for b in range(3):
        for k in range(30):
            gaps = [math.dist(clusters[b, k], truths[b, t]) for t in range(5)]
            gaps = [g for g, there in zip(gaps, real[b], strict=True) if there]
            gap = min(gaps, default=math.inf)
            positive, counted = gap < near, gap < near or gap > far
            assert bool(found.positive[b, k]) == positive
            assert bool(found.counted[b, k]) == counted
            if gaps:
                assert int(found.objects[b, k]) == gaps.index(gap)
            kinds.add((positive, counted))
    assert len(kinds) == (2 if near == far else 3)


def test_permuted_truths_and_other_padding_give_the_same_labels(rng):
    """Eq. (objectness): truths are a set."""
    clusters, truths, real, _ = scene(rng)
    found = assign_objects(clusters, truths, mask=real)
    order = torch.tensor([3, 1, 4, 0, 2])
    other = truths.where(real[..., None], 0.5)[:, order]
    again = assign_objects(clusters, other, mask=real[:, order])
    assert torch.equal(again.positive, found.positive)
    assert torch.equal(again.counted, found.counted)
    same = order[again.objects] == found.objects
    assert same[:2].all()


@pytest.mark.parametrize("weights", [(0.2, 0.8), (1.0, 3.0)])
def test_the_loss_is_a_weighted_cross_entropy_without_the_grey_zone(weights, rng):
    """Eq. (objectness), against a loop over what is judged."""
    clusters, truths, real, scores = scene(rng)
    _, yes, counted = assign_objects(clusters, truths, near=0.2, far=0.3, mask=real)
    terms = []
    for b in range(3):
        for k in range(30):
            no, there = scores[b, k].tolist()
            gap = no - there if yes[b, k] else there - no
            weight = weights[int(yes[b, k])]
            terms += [weight * math.log1p(math.exp(gap))] * int(counted[b, k])
    assert 0 < len(terms) < 90
    got = objectness_loss(scores, yes, counted, weights=weights)
    assert float(got) == pytest.approx(sum(terms) / len(terms))


def test_in_the_grey_zone_no_score_gets_a_gradient(rng):
    """Eq. (objectness): only what is judged learns."""
    *_, scores = scene(rng)
    scores.requires_grad_()
    counted = torch.rand(3, 30, generator=rng(5)) < 0.5
    objectness_loss(scores, counted & (scores[..., 0] > 0), counted).backward()
    assert torch.equal(scores.grad.any(-1), counted)
    assert objectness_loss(scores, counted, counted & False) == 0


def test_what_is_no_truth_is_refused():
    boxes, yes = torch.ones(1, 2, 7), torch.tensor([[True, False]])
    validate_truths(Truths(boxes, torch.tensor([[1, -5]]), yes), 2)
    with pytest.raises(ValueError, match="classes must be from 0 to 1, got 2"):
        validate_truths(Truths(boxes, torch.tensor([[2, 0]]), yes), 2)
    with pytest.raises(TypeError, match="int64"):
        validate_truths(Truths(boxes, torch.ones(1, 2), yes), 2)
    with pytest.raises(ValueError, match=r"near <= far, got 0\.6, 0\.3"):
        assign_objects(VOTES, PADDED, near=0.6, far=0.3)
