"""Checks of dlnotes.votenet.model."""

from itertools import pairwise

import pytest
import torch
from torch.utils._pytree import tree_map

from dlnotes.blocks.grouping import Selection, gather_points
from dlnotes.representations_3d.groups import Groups
from dlnotes.votenet.box_loss import Truths, detection_loss
from dlnotes.votenet.model import PUBLISHED, Backbone, VoteNet
from tests.weights import enliven

TINY = {
    "counts": (24, 12, 6),
    "radii": (0.5, 0.8, 1.5),
    "sizes": (6, 5, 4),
    "widths": ((8,), (8,), (8,)),
    "back": ((8,), (8,)),
}
MEANS = torch.tensor([[0.5, 0.5, 0.5], [1.0, 0.4, 0.6]])


def rooms(rng, clouds=3):
    """Points on the surface of two boxes each, and on a floor."""
    draw = rng()
    boxes = torch.zeros(clouds, 2, 7)
    boxes[..., :2] = torch.tensor([[0.6, 0.6], [2.2, 2.2]])
    boxes[..., :2] += 0.4 * torch.rand(clouds, 2, 2, generator=draw)
    boxes[..., 2:6] = torch.tensor([[0.3, 0.5, 0.5, 0.6], [0.3, 1.0, 0.4, 0.6]])
    owner = torch.arange(60).expand(clouds, -1) % 3 - 1
    unit = torch.rand(clouds, 60, 3, generator=draw) - 0.5
    side = unit.abs().argmax(-1, keepdim=True)
    unit = unit.scatter(-1, side, unit.gather(-1, side).sign() / 2)
    at = gather_points(boxes, owner.clamp_min(0))
    points = at[..., :3] + unit * at[..., 3:6]
    floor = torch.tensor([3.0, 3.0, 0.0]) * (unit + 0.5)
    points = points.where(owner[..., None] >= 0, floor)
    truths = Truths(boxes, torch.tensor([[0, 1]] * clouds), boxes[..., 0] > 0)
    return points, (at[..., :3] - points, owner >= 0), truths


def made(rng, **changes):
    net = VoteNet(MEANS, bins=2, count=5, widths=(8,), hidden=(8,), **changes)
    enliven(net.voting, rng(1))
    return net


def test_the_published_backbone_makes_1024_seeds_with_256_features():
    """Eq. (votes): what votes, counted on tensors without values."""
    backbone = Backbone(**PUBLISHED, channels=1).to("meta")
    assert backbone.width == 256
    assert len(backbone.ways) == 2
    into = [(4, 64, 64, 128), (131, 128, 128, 256), *[(259, 128, 128, 256)] * 2]
    every = (*into, *[(512, 256, 256)] * 2)
    layers = [pair for sizes in every for pair in pairwise(sizes)]
    # Beside its matrix a layer has a bias, and a scale and a shift behind it.
    count = sum((one + 3) * other for one, other in layers)
    assert sum(p.numel() for p in backbone.parameters()) == count
    points = torch.zeros(1, 2048, 3, device="meta")
    groups, before = [], 2048
    for count, size in zip(PUBLISHED["counts"], PUBLISHED["sizes"], strict=True):
        shapes = (1, count), (1, count, size), (1, before, 3)
        numbers = (torch.empty(s, dtype=torch.int64, device="meta") for s in shapes)
        chosen, ball, back = (Selection(some, some >= 0) for some in numbers)
        groups.append(Groups(chosen, [ball], back))
        before = count
    seeds = backbone.eval()(points, groups, points[..., :1])
    assert seeds.features.shape == (1, 1024, 256)
    assert seeds.places.shape == (1, 1024, 3)
    net = VoteNet(torch.ones(10, 3), backbone=PUBLISHED, widths=(128,) * 3, channels=1)
    assert net.head.output.out_features == 79


def test_features_are_carried_back_by_one_over_the_distance(rng):
    """The published weights of the three nearest centers, also for a center itself."""
    points = torch.rand(2, 40, 3, generator=rng()).double()
    backbone = Backbone(**{**TINY, "back": ((),)}).double().eval()
    tops = []
    backbone.levels[-1].register_forward_hook(lambda *given: tops.append(given[2]))
    groups = backbone.group(points)
    seeds = backbone(points, groups)
    centers = gather_points(seeds.places, groups[-1].centers.indices)
    gaps = (seeds.places[:, :, None] - centers[:, None]).norm(dim=-1)
    near = gaps.topk(3, largest=False)
    weights = 1 / (near.values + 1e-8)
    shares = torch.zeros_like(gaps).scatter(-1, near.indices, weights)
    wanted = shares @ tops[0] / weights.sum(-1, keepdim=True)
    # At a center the others weigh below 1e-6 here, by either guard against 1 / 0.
    torch.testing.assert_close(seeds.features[..., :8], wanted, rtol=0, atol=1e-6)


def test_seeds_are_points_of_the_cloud(rng):
    points, *_ = rooms(rng)
    backbone = Backbone(**TINY)
    seeds = backbone.eval()(points, backbone.group(points))
    assert seeds.features.shape == (3, 24, 8)
    assert torch.equal(gather_points(points, seeds.indices), seeds.places)
    one_way = Backbone(**{**TINY, "back": ((8,),)})
    seeds = one_way.eval()(points, one_way.group(points, start=None, generator=rng()))
    assert seeds.features.shape == (3, 12, 8)
    assert torch.equal(gather_points(points, seeds.indices), seeds.places)


def test_seeds_of_a_later_level_are_the_first_centers_of_the_first(rng):
    """Why the published program may number its seeds so; see Eq. (vote-loss)."""
    points, *_ = rooms(rng)
    backbone = Backbone(**{**TINY, "back": ((8,),)}).eval()
    groups = backbone.group(points, start=None, generator=rng())
    seeds = backbone(points, groups)
    assert torch.equal(seeds.indices, groups[0].centers.indices[:, :12])


def test_a_scaled_cloud_with_scaled_radii_looks_the_same(rng):
    """Eq. (proposal) in the backbone: coordinates are divided by the radius."""
    points, *_ = rooms(rng)
    backbone = Backbone(**TINY).eval()
    groups = backbone.group(points)
    features = backbone(points, groups).features
    backbone.radii = [4 * radius for radius in TINY["radii"]]
    torch.testing.assert_close(backbone(4 * points, groups).features, features)
    moved = backbone(4 * (points + 1), groups).features
    torch.testing.assert_close(moved, features, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("by", ["votes", "seeds", "random"])
@pytest.mark.parametrize("pooling", ["learned", "max", "mean"])
def test_proposals_are_made_of_the_chosen_votes(by, pooling, rng):
    """Eq. (proposal): shapes, and clusters among votes."""
    points, *_ = rooms(rng)
    net = made(rng, by=by, pooling=pooling, vote_factor=2, backbone=TINY)
    found = net.eval()(points, net.group(points), generator=rng())
    assert found.votes.shape == (3, 24, 2, 3)
    flat = found.votes.flatten(1, 2)
    assert torch.equal(gather_points(flat, found.chosen), found.clusters)
    boxes, scores = net.detect(found)
    assert boxes.shape == (3, 5, 7)
    assert scores.shape == (3, 5, 2)
    assert (boxes[..., 3:6] > 0).all()
    with pytest.raises(ValueError, match="features must have 0 channels, got 1"):
        net(points, None, points[..., :1])


def test_groups_made_once_are_those_of_a_part_of_the_clouds(rng):
    points, *_ = rooms(rng)
    net = made(rng, backbone=TINY).eval()
    groups = tree_map(lambda x: x[1:], net.group(points))
    given, alone = net(points[1:], groups), net(points[1:])
    for some, one in zip(given.proposals, alone.proposals, strict=True):
        torch.testing.assert_close(some, one)


def test_a_few_steps_of_training_decrease_the_loss(rng):
    """Eq. (detection-loss), and each of its parts has a gradient that is finite."""
    points, votes, truths = rooms(rng)
    net = made(rng, backbone=TINY)
    for parameter in net.parameters():
        if parameter.ndim > 1:
            torch.nn.init.xavier_normal_(parameter, generator=rng(2))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    groups, losses = net.group(points), []
    for _ in range(40):
        loss, _ = detection_loss(net(points, groups), votes, truths, net.means)
        optimizer.zero_grad()
        loss.backward()
        assert all(p.grad.isfinite().all() for p in net.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_points_that_coincide_have_finite_gradients():
    points = torch.zeros(2, 40, 3, requires_grad=True)
    net = VoteNet(MEANS, bins=2, count=5, widths=(8,), hidden=(8,), backbone=TINY)
    truths = Truths(torch.ones(2, 1, 7), torch.zeros(2, 1).long(), torch.ones(2, 1) > 0)
    votes = torch.zeros(2, 40, 3), torch.ones(2, 40) > 0
    loss, _ = detection_loss(net(points), votes, truths, net.means)
    loss.backward()
    assert points.grad.isfinite().all()


def part(name, rows):
    """Change numbers and truth values of the centers, the ball or the way back."""

    def change(level):
        some = level.balls[0] if name == "balls" else getattr(level, name)
        changed = Selection(*map(rows, some))
        return level._replace(**{name: [changed] if name == "balls" else changed})

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda level: tuple(level), "must be of type Groups"),
        (lambda level: level._replace(back=None), "back must be a Selection, got None"),
        (
            lambda level: level._replace(balls=level.balls * 2),
            "must have 1 radii, got 2",
        ),
        (lambda level: level._replace(balls=None), "balls must be a sequence"),
        (part("centers", lambda x: x[:1]), "centers.indices must have"),
        (part("balls", lambda x: x[:, :3]), "balls.0..indices must have"),
        (part("balls", lambda x: x[..., :0]), "balls.0..indices must have shape"),
        (part("back", lambda x: x[:, :5]), "back.indices must have shape"),
        (part("back", lambda x: x.double()), "back.indices must hold integers"),
        (part("balls", lambda x: x.long()), "real must hold truth values"),
        (
            part("centers", lambda x: x if x.dtype == torch.bool else x + 24),
            "to 23, got",
        ),
    ],
)
def test_groups_of_another_cloud_are_refused_by_name(change, message, rng):
    points, *_ = rooms(rng)
    net = made(rng, backbone=TINY).eval()
    groups = net.group(points)
    groups[1] = change(groups[1])
    with pytest.raises((TypeError, ValueError), match=rf"groups.1.*{message}"):
        net(points, groups)


def test_what_is_no_sequence_of_groups_for_each_level_is_refused(rng):
    points, *_ = rooms(rng)
    net = made(rng, backbone=TINY).eval()
    groups = net.group(points)
    for wrong in ("groups", points, iter(groups)):
        with pytest.raises(TypeError, match="groups must be a sequence, got"):
            net(points, wrong)
    with pytest.raises(ValueError, match="groups must be 3, one a level, got 2"):
        net(points, groups[:2])
    with pytest.raises(ValueError, match=r"groups.0..back.indices must have shape"):
        net(torch.cat([points, points[:, :1]], 1), groups)
    with pytest.raises(ValueError, match=r"points must have shape \(B, N, 3\), got"):
        net.group(points[..., :2])


def test_seeds_and_detections_are_checked_by_name(rng):
    points, *_ = rooms(rng)
    net = made(rng, backbone=TINY).eval()
    seeds = net.backbone(points, net.group(points))
    found = net.propose(seeds)
    for wrong in (None, tuple(seeds), found):
        with pytest.raises(TypeError, match="seeds must be of type Seeds, got"):
            net.propose(wrong)
    for field, (wrong, message) in {
        "indices": (seeds.indices.float(), "indices must hold integers"),
        "places": (seeds.places[:2], "features must have shape"),
        "features": (seeds.features.double(), "features must be torch.float32"),
    }.items():
        with pytest.raises((TypeError, ValueError), match=message):
            net.propose(seeds._replace(**{field: wrong}))
    for wrong in (None, tuple(found), found.proposals):
        with pytest.raises(TypeError, match="found must be of type Detections, got"):
            net.detect(wrong)
    short = found.proposals._replace(class_scores=found.proposals.class_scores[:2])
    with pytest.raises(ValueError, match=r"class_scores must have shape \(3, 5, 2\)"):
        net.detect(found._replace(proposals=short))
    with pytest.raises(
        TypeError, match="proposals must be of type Proposals, got Seeds"
    ):
        net.detect(found._replace(proposals=seeds))


def test_levels_without_sizes_are_refused():
    with pytest.raises(ValueError, match="levels must have all sizes"):
        Backbone(**{**TINY, "radii": (0.5, 0.8)})
    with pytest.raises(ValueError, match="fewer go back"):
        Backbone(**{**TINY, "back": ((8,),) * 3})
