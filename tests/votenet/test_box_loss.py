"""Checks of dlnotes.votenet.box_loss."""

import math

import pytest
import torch

from dlnotes.votenet.box_loss import (
    PARTS,
    add_losses,
    bin_losses,
    box_losses,
    center_loss,
    detection_loss,
)
from dlnotes.votenet.objectness import Truths, assign_objects, objectness_loss
from dlnotes.votenet.proposals import Detections, output_parts, split_outputs
from dlnotes.votenet.voting import seed_truths, vote_loss

CLASSES, BINS = 3, 4


def found_and_true(rng):
    """What a network might say of three clouds, the last of which has no object."""

    def draw(seed, *shape):
        return torch.rand(*shape, dtype=torch.float64, generator=rng(seed))

    boxes = torch.cat(
        [draw(0, 3, 5, 3), draw(1, 3, 5, 3) + 0.2, 7 * draw(2, 3, 5, 1)], -1
    )
    classes = torch.randint(0, CLASSES, (3, 5), generator=rng(3))
    truths = Truths(boxes, classes, torch.arange(5) < torch.tensor([[5], [2], [0]]))
    outputs = 2 * draw(4, 3, 9, sum(output_parts(BINS, CLASSES, CLASSES))) - 1
    clusters, votes = draw(5, 3, 9, 3), draw(6, 3, 8, 2, 3)
    said = split_outputs(outputs, clusters, bins=BINS, sizes=CLASSES)
    seeds = torch.randint(0, 20, (3, 8), generator=rng(7))
    chosen = torch.randint(0, 16, (3, 9), generator=rng(8))
    found = Detections(seeds, draw(9, 3, 8, 3), votes, chosen, clusters, said)
    shifts = draw(10, 3, 20, 3) - 0.5, draw(11, 3, 20) < 0.6
    return found, shifts, truths, draw(12, CLASSES, 3) + 0.3, outputs


def mean(values):
    return sum(values) / len(values) if values else 0.0


def cross_entropy(scores, label):
    return math.log(sum(math.exp(s) for s in scores)) - scores[label]


def huber(error):
    return error**2 / 2 if abs(error) < 1 else abs(error) - 0.5


def squared(one, other):
    return sum((float(a) - float(b)) ** 2 for a, b in zip(one, other, strict=True))


def plain_center_loss(centers, truths, positive, real):
    there, back = [], []
    for b in range(len(centers)):
        goals = [t for t, counts in zip(truths[b], real[b], strict=True) if counts]
        for center, yes in zip(centers[b], positive[b], strict=True):
            there += [min(squared(center, goal) for goal in goals)] if yes else []
        back += [min(squared(goal, center) for center in centers[b]) for goal in goals]
    return mean(there) + mean(back)


def test_centers_are_compared_both_ways(rng):
    """Eq. (center-loss), against loops over proposals and truths."""
    found, _, truths, *_ = found_and_true(rng)
    centers, goals = found.proposals.centers.detach(), truths.boxes[..., :3]
    yes = assign_objects(found.clusters, goals, mask=truths.real).positive
    got = center_loss(centers, goals, yes, mask=truths.real)
    wanted = plain_center_loss(centers, goals, yes, truths.real)
    assert float(got) == pytest.approx(wanted)
    order = torch.tensor([2, 4, 0, 1, 3])
    moved = goals.where(truths.real[..., None], centers[:, :1])[:, order]
    again = center_loss(centers, moved, yes, mask=truths.real[:, order])
    torch.testing.assert_close(again, got)
    without = plain_center_loss(centers, goals, yes, truths.real | True)
    torch.testing.assert_close(center_loss(centers, goals, yes), got * 0 + without)


def test_of_coincident_centers_loss_and_gradient_are_zero(rng):
    """Eq. (center-loss) at its least."""
    truths = torch.rand(2, 3, 3, generator=rng())
    centers = truths[:, [0, 1, 2, 2]].clone().requires_grad_()
    loss = center_loss(centers, truths, torch.ones(2, 4, dtype=torch.bool))
    loss.backward()
    assert loss == 0
    assert not centers.grad.any()


def test_padding_pulls_no_center_when_it_is_masked():
    """Eq. (center-loss): unmasked, zeros are a truth that is near."""
    centers = torch.tensor([[[0.5, 0, 0]]])
    truths = torch.tensor([[[2.0, 0, 0], [0, 0, 0]]])
    real, yes = torch.tensor([[True, False]]), torch.tensor([[True]])
    masked = center_loss(centers, truths, yes, mask=real)
    assert masked == 1.5**2 + 1.5**2
    assert center_loss(centers, truths, yes) == 0.25 + (1.5**2 + 0.25) / 2


def test_classes_by_cross_entropy_residuals_of_the_true_class_by_huber(rng):
    """Eq. (box-loss), against a loop over positive proposals."""
    scores = torch.randn(2, 6, 4, dtype=torch.float64, generator=rng())
    residuals = 2 * torch.randn(2, 6, 4, 3, dtype=torch.float64, generator=rng(1))
    classes = torch.randint(0, 4, (2, 6), generator=rng(2))
    targets = torch.randn(2, 6, 3, dtype=torch.float64, generator=rng(3))
    yes = torch.rand(2, 6, generator=rng(4)) < 0.5
    named, rest = [], []
    for b, k in yes.nonzero().tolist():
        label = int(classes[b, k])
        named.append(cross_entropy(scores[b, k].tolist(), label))
        errors = (residuals[b, k, label] - targets[b, k]).tolist()
        rest.append(sum(huber(error) for error in errors) / 3)
        assert len(errors) == 3
    got = bin_losses(scores, residuals, classes, targets, yes)
    assert float(got[0]) == pytest.approx(mean(named))
    assert float(got[1]) == pytest.approx(mean(rest))
    assert bin_losses(scores, residuals, classes, targets, yes & False) == (0, 0)


def test_every_part_of_the_box_loss_is_that_of_the_nearest_object(rng):
    """Eq. (box-loss): headings, sizes and classes of assigned boxes, one by one."""
    found, _, truths, means, _ = found_and_true(rng)
    goals = truths.boxes[..., :3]
    assigned = assign_objects(found.clusters, goals, near=0.5, mask=truths.real)
    parts = {name: [] for name in list(PARTS)[3:]}
    said = [tensor.tolist() for tensor in found.proposals]
    pairs = assigned.positive.nonzero().tolist()
    assert len(pairs) > 5
    for b, k in pairs:
        gaps = [squared(found.clusters[b, k], t[:3]) for t in truths.boxes[b]]
        real = [g if r else math.inf for g, r in zip(gaps, truths.real[b], strict=True)]
        t = real.index(min(real))
        *_, heading = box = truths.boxes[b, t].tolist()
        label = int(truths.classes[b, t])
        width = 2 * math.pi / BINS
        turned = int((heading + width / 2) % (2 * math.pi) // width)
        rest = math.remainder(heading - turned * width, 2 * math.pi) / (width / 2)
        parts["heading_class"].append(cross_entropy(said[2][b][k], turned))
        parts["heading_residual"].append(huber(said[3][b][k][turned] - rest))
        parts["size_class"].append(cross_entropy(said[4][b][k], label))
        errors = [
            said[5][b][k][label][i] - (box[3 + i] / float(means[label, i]) - 1)
            for i in range(3)
        ]
        parts["size_residual"].append(sum(map(huber, errors)) / 3)
        parts["class"].append(cross_entropy(said[6][b][k], label))
    got = box_losses(found.proposals, truths, assigned, means)
    for name, values in parts.items():
        assert float(got[name]) == pytest.approx(mean(values)), name


def test_the_sum_has_the_published_weights(rng):
    """Eq. (detection-loss): ten times the votes, half the objectness, and so on."""
    found, shifts, truths, means, _ = found_and_true(rng)
    loss, parts = detection_loss(found, shifts, truths, means)
    assert parts.keys() == PARTS.keys()
    box = parts["center"] + 0.1 * parts["heading_class"] + parts["heading_residual"]
    box = box + 0.1 * parts["size_class"] + parts["size_residual"]
    rest = 0.5 * parts["objectness"] + box + 0.1 * parts["class"]
    torch.testing.assert_close(loss, 10 * (parts["vote"] + rest))
    centers, real = seed_truths(found.seeds, found.places, *shifts)
    torch.testing.assert_close(parts["vote"], vote_loss(found.votes, centers, real))
    goals = truths.boxes[..., :3]
    _, yes, counted = assign_objects(found.clusters, goals, mask=truths.real)
    wanted = objectness_loss(found.proposals.objectness, yes, counted)
    torch.testing.assert_close(parts["objectness"], wanted)
    alone = add_losses({"vote": parts["vote"]}, factor=1.0)
    torch.testing.assert_close(alone, parts["vote"])


def test_permuted_truths_and_padding_change_no_loss(rng):
    """Eq. (detection-loss): truths are a set, padding may be anything finite."""
    found, shifts, truths, means, _ = found_and_true(rng)
    loss, _ = detection_loss(found, shifts, truths, means)
    order = torch.tensor([4, 2, 0, 3, 1])
    boxes = truths.boxes.where(truths.real[..., None], -0.3)[:, order]
    classes = truths.classes.where(truths.real, -1)[:, order]
    other = Truths(boxes, classes, truths.real[:, order])
    torch.testing.assert_close(detection_loss(found, shifts, other, means)[0], loss)


def test_gradients_of_the_whole_loss_are_right(rng):
    """Eq. (detection-loss), by finite differences; also without any object."""
    found, shifts, truths, means, outputs = found_and_true(rng)

    def loss(given, votes, real):
        said = split_outputs(given, found.clusters, bins=BINS, sizes=CLASSES)
        some = found._replace(proposals=said, votes=votes)
        seen = shifts[0], shifts[1] & real.any()
        return detection_loss(some, seen, truths._replace(real=real), means)[0]

    given = outputs.detach()[:, :3], found.votes
    clusters = found.clusters[:, :3]
    found = found._replace(clusters=clusters, chosen=found.chosen[:, :3])
    for real in (truths.real, truths.real & False):
        leaves = [tensor.clone().requires_grad_() for tensor in given]
        assert torch.autograd.gradcheck(loss, (*leaves, real), fast_mode=True)
