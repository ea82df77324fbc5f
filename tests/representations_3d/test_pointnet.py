"""Checks of dlnotes.representations_3d.pointnet."""

import pytest
import torch

from dlnotes.representations_3d.pointnet import (
    PointEncoder,
    PointNet,
    PointNetSegmenter,
    TNet,
    orthogonality_penalty,
)
from tests.representations_3d.by_loops import largest, row, rows, score
from tests.weights import enliven

SMALL = {
    "local": (5,),
    "widths": (6, 8),
    "point_alignment": ((7,), (6,)),
    "feature_alignment": ((6,), (7,)),
}


def clouds(rng, count=12):
    return torch.randn(2, count, 3, dtype=torch.float64, generator=rng())


def alive(model, rng):
    enliven(model, rng(7))
    return model.double().eval()


def classifier(rng, **options):
    sizes = {**SMALL, **options}
    return alive(PointNet(4, encoder=PointEncoder(**sizes), head=(9,)), rng)


def matrix(network, points):
    """Eq. (alignment), point by point."""
    hidden = row(network.head, largest(rows(network.local, points)))
    change = network.last.weight @ hidden + network.last.bias
    return torch.eye(network.size) + change.view(network.size, network.size)


def by_loops(model, points):
    """Eq. (max-network) after both alignments, one point after the other."""
    encoder = model.encoder
    first = matrix(encoder.point_alignment, points)
    local = rows(encoder.local, [first.T @ p for p in points])
    second = matrix(encoder.feature_alignment, local)
    features = rows(encoder.deep, [second.T @ f for f in local])
    return score(model.head.parts, largest(features))


def test_pointnet_is_its_formula_with_copied_weights(rng):
    """Forward and every gradient, in float64: only the order of sums differs."""
    model, points = classifier(rng), clouds(rng).requires_grad_()
    inputs = [points, *model.parameters()]
    results = model(points), torch.stack([by_loops(model, p) for p in points])
    torch.testing.assert_close(*results, rtol=1e-10, atol=1e-12)
    slope = torch.randn(2, 4, dtype=torch.float64, generator=rng(5))
    one, other = (torch.autograd.grad(r, inputs, slope) for r in results)
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-11)


def test_alignment_begins_as_the_identity(rng):
    """Eq. (alignment), of any cloud, before any step of training."""
    network = TNet(3).eval()
    points = clouds(rng).float()
    assert torch.equal(network(points), torch.eye(3).expand(2, 3, 3))
    encoder = PointEncoder(**SMALL).eval()
    plain = PointEncoder(**{**SMALL, "point_alignment": None}).eval()
    plain.load_state_dict(encoder.state_dict(), strict=False)
    assert torch.equal(encoder(points).pooled, plain(points).pooled)
    assert plain(points).point_matrices is None


def test_the_penalty_is_that_of_the_singular_values(rng):
    """Eq. (orthogonality): the sum of the squares of 1 less squared stretching."""
    matrices = torch.randn(5, 4, 4, dtype=torch.float64, generator=rng())
    stretching = torch.linalg.svdvals(matrices)
    expected = (1 - stretching.square()).square().sum(-1)
    torch.testing.assert_close(orthogonality_penalty(matrices), expected)
    turns = torch.linalg.qr(matrices)[0]
    assert (orthogonality_penalty(turns) < 1e-28).all()


def test_the_gradient_of_the_penalty_vanishes_at_turns_and_that_of_the_norm_does_not(
    rng,
):
    """Eq. (orthogonality), and the norm without the square beside it."""
    turn = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64, generator=rng()))[0]
    noise = torch.randn(4, 4, dtype=torch.float64, generator=rng(1))
    lengths = []
    for size in (1e-3, 1e-6):
        near = (turn + size * noise).requires_grad_()
        penalty = orthogonality_penalty(near)
        (slope,) = torch.autograd.grad(penalty, near, retain_graph=True)
        expected = 4 * (near @ near.T - torch.eye(4)) @ near
        torch.testing.assert_close(slope, expected, rtol=1e-9, atol=0)
        (steep,) = torch.autograd.grad(penalty.sqrt(), near)
        assert steep.norm() >= 2 * torch.linalg.svdvals(near).min() * (1 - 1e-6)
        lengths.append(slope.norm())
    assert lengths[1] < 2e-3 * lengths[0]  # a thousandth, as it is linear


def test_order_and_copies_of_points_do_not_matter(rng):
    """Eq. (max-network): the largest values are the same numbers, to the last bit."""
    encoder, points = classifier(rng).encoder, clouds(rng)
    order = torch.randperm(12, generator=rng(2))
    found = encoder(points)
    mixed = encoder(points[:, order])
    torch.testing.assert_close(mixed.pooled, found.pooled, rtol=1e-13, atol=1e-13)
    again = encoder(torch.cat([points, points[:, :5]], 1))
    torch.testing.assert_close(again.pooled, found.pooled, rtol=1e-13, atol=1e-13)


def test_a_turn_matters_with_alignment_too(rng):
    """The counterexample: nothing makes a network of random weights invariant."""
    model, points = classifier(rng), clouds(rng)
    turned = points @ torch.tensor([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]).double()
    assert (model(turned) - model(points)).abs().max() > 1e-3


def test_points_critical_for_none_of_the_three_maxima_can_be_lost(rng):
    """With alignment each largest value has a critical set of its own."""
    model, points = classifier(rng), clouds(rng, 60)[:1]
    encoder = model.encoder
    seen = encoder(points)
    unaligned = encoder.local(points @ seen.point_matrices)
    tables = [encoder.point_alignment.local(points)]
    tables += [encoder.feature_alignment.local(unaligned), seen.features]
    needed = [set(table[0].argmax(0).tolist()) for table in tables]
    kept = sorted(set().union(*needed))
    assert len(kept) < 30
    expected = model(points)
    torch.testing.assert_close(model(points[:, kept]), expected, rtol=1e-12, atol=1e-12)
    last = sorted(needed[2])
    assert (model(points[:, last]) - expected).abs().max() > 1e-6


@pytest.mark.parametrize("kind", [PointNet, PointNetSegmenter])
def test_padding_does_not_matter(kind, rng):
    model = alive(kind(4, encoder=PointEncoder(**SMALL)), rng)
    points = clouds(rng)
    mask = torch.arange(12) < torch.tensor([[12], [7]])
    found = model(points.where(mask[..., None], 100 * points), mask)
    short = model(points[1:, :7])
    if kind is PointNet:
        torch.testing.assert_close(found[1:], short, rtol=1e-12, atol=1e-12)
    else:
        torch.testing.assert_close(found[1:, :7], short, rtol=1e-12, atol=1e-12)


def test_a_point_is_labeled_by_its_own_features_and_the_largest(rng):
    """By default these are 64 and 1,024 numbers."""
    model = alive(PointNetSegmenter(5, encoder=PointEncoder(**SMALL), widths=(7,)), rng)
    points = clouds(rng)
    seen = model.encoder(points)
    for b in range(2):
        for local, found in zip(seen.local[b], model(points)[b], strict=True):
            expected = score(model.head.parts, torch.cat([local, seen.pooled[b]]))
            torch.testing.assert_close(found, expected)
    with torch.device("meta"):
        published = PointNetSegmenter(50)
    assert published.head.parts[0].layers[0][0].in_features == 1088


@pytest.mark.parametrize("kind", [PointNet, PointNetSegmenter])
def test_every_parameter_counts(kind, rng):
    """In eval mode, where no normalization takes a bias away again."""
    model = alive(kind(4, encoder=PointEncoder(**SMALL)), rng)
    scores = model(clouds(rng))
    slope = torch.randn(scores.shape, dtype=torch.float64, generator=rng(2))
    scores.backward(slope)
    assert all((p.grad != 0).any() for p in model.parameters())


def test_what_is_no_cloud_is_refused(rng):
    model, points = classifier(rng), clouds(rng)
    with pytest.raises(ValueError, match=r"points must have shape \(B, N, 3\), got"):
        model(points[..., :2])
    with pytest.raises(ValueError, match="points must be finite, got nan"):
        model(points * torch.nan)
    with pytest.raises(ValueError, match=r"mask must have shape \(2, 12\)"):
        model(points, torch.ones(2, 3, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"points must be .*, N at least 1"):
        model(points[:, :0])
