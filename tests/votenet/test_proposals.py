"""Checks of dlnotes.votenet.proposals."""

import math

import pytest
import torch

from dlnotes.votenet.proposals import (
    SMALLEST,
    ProposalHead,
    decode_boxes,
    output_parts,
    proposal_scores,
    split_outputs,
)
from tests.weights import enliven

BINS, SIZES, CLASSES = 4, 3, 5


def said(rng):
    length = sum(output_parts(BINS, SIZES, CLASSES))
    outputs = torch.randn(2, 6, length, dtype=torch.float64, generator=rng())
    clusters = torch.randn(2, 6, 3, dtype=torch.float64, generator=rng(1))
    return outputs, clusters


@pytest.mark.parametrize(("sizes", "count"), [((12, 10, 10), 79), ((1, 18, 18), 97)])
def test_the_published_heads_have_79_and_97_outputs(sizes, count):
    """Eq. (outputs), by the formula and by the width of the last layer."""
    bins, means, classes = sizes
    assert 2 + 3 + 2 * bins + 4 * means + classes == count
    head = ProposalHead(128, bins=bins, sizes=means, classes=classes)
    assert head.output.out_features == sum(output_parts(*sizes)) == count
    head.eval()(torch.zeros(1, 2, 128), torch.zeros(1, 2, 3))


def test_outputs_are_read_in_the_published_order(rng):
    """Eq. (outputs): objectness, center, bins, sizes, classes."""
    outputs, clusters = said(rng)
    got = split_outputs(outputs, clusters, bins=BINS, sizes=SIZES)
    torch.testing.assert_close(got.objectness, outputs[..., :2])
    torch.testing.assert_close(got.centers, clusters + outputs[..., 2:5])
    torch.testing.assert_close(got.heading_scores, outputs[..., 5:9])
    torch.testing.assert_close(got.heading_residuals, outputs[..., 9:13])
    torch.testing.assert_close(got.size_scores, outputs[..., 13:16])
    for size in range(SIZES):
        some = outputs[..., 16 + 3 * size : 19 + 3 * size]
        torch.testing.assert_close(got.size_residuals[:, :, size], some)
    torch.testing.assert_close(got.class_scores, outputs[..., 25:])


def test_a_box_is_that_of_the_best_bin_and_the_best_size(rng):
    """Eq. (proposal), decoded one proposal after the other."""
    outputs, clusters = said(rng)
    proposals = split_outputs(outputs, clusters, bins=BINS, sizes=SIZES)
    means = torch.rand(SIZES, 3, dtype=torch.float64, generator=rng(2)) + 0.5
    boxes = decode_boxes(proposals, means)
    assert boxes.shape == (2, 6, 7)
    for b in range(2):
        for k in range(6):
            row = outputs[b, k].tolist()
            i = max(range(BINS), key=lambda n: row[5 + n])
            angle = i * 2 * math.pi / BINS + row[9 + i] * math.pi / BINS
            turned = math.remainder(float(boxes[b, k, 6]) - angle, 2 * math.pi)
            assert turned == pytest.approx(0, abs=1e-12)
            i = max(range(SIZES), key=lambda n: row[13 + n])
            for axis in range(3):
                wanted = float(means[i, axis]) * (1 + row[16 + 3 * i + axis])
                wanted = max(wanted, SMALLEST * float(means[i, axis]))
                assert float(boxes[b, k, 3 + axis]) == pytest.approx(wanted)
                place = float(clusters[b, k, axis]) + row[2 + axis]
                assert float(boxes[b, k, axis]) == pytest.approx(place)
    assert (boxes[..., 3:6] > 0).all()


def test_with_one_bin_a_box_stands_straight_whatever_the_residual(rng):
    outputs, clusters = said(rng)
    proposals = split_outputs(
        outputs[..., : 7 + 4 * SIZES + 1], clusters, bins=1, sizes=SIZES
    )
    assert (proposals.heading_residuals != 0).any()
    boxes = decode_boxes(proposals, torch.ones(SIZES, 3, dtype=torch.float64))
    assert (boxes[..., 6] == 0).all()


def test_a_score_is_that_of_an_object_times_that_of_the_class(rng):
    proposals = split_outputs(*said(rng), bins=BINS, sizes=SIZES)
    scores = proposal_scores(proposals)
    assert scores.shape == (2, 6, CLASSES)
    there = 1 / (
        1 + (proposals.objectness[..., 0] - proposals.objectness[..., 1]).exp()
    )
    torch.testing.assert_close(scores.sum(-1), there)
    shares = proposals.class_scores.exp()
    shares = shares / shares.sum(-1, keepdim=True)
    torch.testing.assert_close(scores, there[..., None] * shares)


def test_gradients_reach_boxes_and_scores(rng):
    outputs, clusters = said(rng)
    outputs.requires_grad_()
    proposals = split_outputs(outputs, clusters, bins=BINS, sizes=SIZES)
    boxes = decode_boxes(proposals, torch.ones(SIZES, 3, dtype=torch.float64))
    (slopes,) = torch.autograd.grad(boxes.sum(), outputs)
    assert slopes.isfinite().all()
    assert (slopes[..., 2:5] == 1).all()


def test_a_head_says_of_each_cluster_what_its_feature_tells(rng):
    """Eq. (proposal): the same of a cluster, whatever else there is."""
    head = ProposalHead(7, bins=BINS, sizes=SIZES, classes=CLASSES, hidden=(6, 5))
    enliven(head.double(), rng())
    features = torch.randn(2, 4, 7, dtype=torch.float64, generator=rng(1))
    places = torch.randn(2, 4, 3, dtype=torch.float64, generator=rng(2))
    every = head.eval()(features, places)
    alone = head(features[1:, 2:3], places[1:, 2:3])
    for some, one in zip(every, alone, strict=True):
        torch.testing.assert_close(some[1, 2], one[0, 0])
