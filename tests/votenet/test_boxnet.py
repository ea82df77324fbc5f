"""Checks of dlnotes.votenet.boxnet."""

import pytest
import torch

from dlnotes.blocks.grouping import gather_points
from dlnotes.votenet.box_loss import detection_loss
from dlnotes.votenet.boxnet import BoxNet, boxnet_loss
from tests.votenet.test_model import MEANS, TINY, made, rooms


def baseline():
    return BoxNet(MEANS, bins=2, count=24, widths=(8,), hidden=(8,), backbone=TINY)


def test_clusters_are_seeds_and_nothing_votes(rng):
    points, *_ = rooms(rng)
    net = baseline().eval()
    found = net(points)
    assert torch.equal(found.votes[:, :, 0], found.places)
    assert torch.equal(gather_points(found.places, found.chosen), found.clusters)
    votenet, single = made(rng, backbone=TINY), baseline()
    names = {name for name, _ in votenet.named_parameters()}
    kept = {name for name in names if not name.startswith("voting.")}
    assert {name for name, _ in single.named_parameters()} == kept
    with pytest.raises(ValueError, match="vote_factor must be 1, got 2"):
        BoxNet(MEANS, vote_factor=2)


def test_positive_are_the_seeds_on_objects_and_all_are_judged(rng):
    """Eq. (objectness) of the baseline, against a loop."""
    points, votes, truths = rooms(rng)
    net = baseline().eval()
    with torch.no_grad():
        found = net(points)
    loss, parts = boxnet_loss(found, votes, truths, net.means)
    terms = []
    for b in range(3):
        for k in range(24):
            point = found.seeds[b, found.chosen[b, k]]
            yes = int(votes[1][b, point])
            score = found.proposals.objectness[b, k].log_softmax(-1)[yes]
            terms.append(-float(score) * (0.2, 0.8)[yes])
    assert float(parts["objectness"]) == pytest.approx(sum(terms) / 72, rel=1e-5)
    assert "vote" not in parts
    assert detection_loss(found, votes, truths, net.means)[1]["vote"] > 0
    assert loss.isfinite()


def test_in_a_cloud_without_a_real_object_no_proposal_is_positive(rng):
    """Eq. (box-loss): none is trained towards padding, as in `detection_loss`."""
    points, votes, truths = rooms(rng)
    net = baseline().eval()
    found = net(points)
    nobody = truths._replace(real=truths.real & False)
    for loss in (boxnet_loss, detection_loss):
        parts = loss(found, votes, nobody, net.means)[1]
        rest = set(parts) - {"vote", "objectness"}
        assert all(parts[name] == 0 for name in rest)


def test_a_few_steps_of_training_decrease_the_loss_of_the_baseline(rng):
    """Eq. (detection-loss) without votes."""
    points, votes, truths = rooms(rng)
    net = baseline()
    for parameter in net.parameters():
        if parameter.ndim > 1:
            torch.nn.init.xavier_normal_(parameter, generator=rng(2))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    groups, losses = net.group(points), []
    for _ in range(40):
        loss, _ = boxnet_loss(net(points, groups), votes, truths, net.means)
        optimizer.zero_grad()
        loss.backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in net.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
