"""Checks of dlnotes.representations_3d.pointnet2; its levels: test_hierarchy.py."""

from itertools import pairwise

import pytest
import torch

from dlnotes.representations_3d.hierarchy import MULTI_SCALE, HierarchicalEncoder
from dlnotes.representations_3d.pointnet2 import PointNet2, PointNet2Segmenter
from dlnotes.representations_3d.thinning import keep_points
from tests.representations_3d.by_loops import distance, row, score
from tests.representations_3d.test_hierarchy import SIZES
from tests.representations_3d.test_hierarchy import by_loops as encode
from tests.weights import enliven

STEPS = ((8, 7), (6,), (5,))


def alive(model, rng):
    enliven(model, rng(7))
    return model.double().eval()


def clouds(rng):
    return torch.randn(2, 20, 3, dtype=torch.float64, generator=rng())


def segmenter(rng, **options):
    encoder = HierarchicalEncoder(**SIZES, **options)
    return alive(PointNet2Segmenter(4, encoder=encoder, widths=STEPS, head=(5,)), rng)


def chain(*lengths):
    """Weights, biases, and the two of each normalization."""
    return sum((a + 3) * b for a, b in pairwise(lengths))


def test_the_classifier_is_its_levels_and_its_head(rng):
    """Eq. (set-abstraction) twice and for all, then layers: by loops over points."""
    model, points = PointNet2(4, encoder=HierarchicalEncoder(**SIZES), head=(6,)), None
    alive(model, rng)
    points = clouds(rng)
    for cloud, found in zip(points, model(points), strict=True):
        expected = score(model.head.parts, encode(model.encoder, cloud, []))
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


def step_back(step, coarse, centers, points, skip):
    """Eq. (feature-propagation), one point after the other."""
    result = []
    for n, point in enumerate(points):
        gaps = [distance(point, center) for center in centers]
        near = sorted(range(len(gaps)), key=gaps.__getitem__)[:3]
        weights = [1 / (gaps[i] ** 2 + 1e-8) for i in near]
        total = sum(w * coarse[i] for w, i in zip(weights, near, strict=True))
        parts = [total / sum(weights), *([] if skip is None else [skip[n]])]
        result.append(row(step.network, torch.cat(parts)))
    return torch.stack(result)


def test_the_segmenter_is_its_steps_back(rng):
    """Eq. (feature-propagation) from level to level, by loops over points."""
    model, points = segmenter(rng), clouds(rng)
    seen = model.encoder(points, model.encoder.group(points, back=True))
    found = model(points)
    for b in range(2):
        top = [torch.cat([seen.pooled[b], f]) for f in seen.features[2][b]]
        current = torch.stack([row(model.first, vector) for vector in top])
        for step, level in zip(model.steps, (1, 0), strict=True):
            skip = seen.features[level]
            places = seen.points[level + 1][b], seen.points[level][b]
            skip = None if skip is None else skip[b]
            current = step_back(step, current, *places, skip)
        expected = torch.stack([score(model.head.parts, f) for f in current])
        torch.testing.assert_close(found[b], expected, rtol=1e-10, atol=1e-12)


def test_the_published_sizes_have_what_their_layers_have():
    """Of one radius a level, and of three; counted by hand for 40 classes."""
    with torch.device("meta"):
        single = PointNet2(40)
        several = PointNet2(40, encoder=HierarchicalEncoder(**MULTI_SCALE))
    head = chain(1024, 512, 256) + (256 + 1) * 40
    one = chain(3, 64, 64, 128) + chain(131, 128, 128, 256)
    one += chain(259, 256, 512, 1024) + head
    more = chain(3, 32, 32, 64) + chain(3, 64, 64, 128) + chain(3, 64, 96, 128)
    more += chain(323, 64, 64, 128) + 2 * chain(323, 128, 128, 256)
    more += chain(643, 256, 512, 1024) + head
    for model, expected in ((single, one), (several, more)):
        assert sum(p.numel() for p in model.parameters()) == expected


@pytest.mark.parametrize("channels", [0, 2])
def test_every_parameter_counts(channels, rng):
    model, points = segmenter(rng, channels=channels), clouds(rng)
    features = points[..., :channels] if channels else None
    scores = model(points, None, features)
    assert scores.shape == (2, 20, 4)
    slope = torch.randn(scores.shape, dtype=torch.float64, generator=rng(2))
    scores.backward(slope)
    assert all((p.grad != 0).any() for p in model.parameters())


def test_padding_does_not_matter(rng):
    model, points = segmenter(rng), clouds(rng)
    mask = torch.arange(20) < torch.tensor([[20], [12]])
    found = model(points, mask=mask)
    torch.testing.assert_close(found[:1], model(points[:1]))
    torch.testing.assert_close(found[1:, :12], model(points[1:, :12]))


def test_points_may_be_left_out_at_random(rng):
    """Also the first ones; scores of the others are those of a cloud without them."""
    model, points = segmenter(rng), clouds(rng)
    mask = keep_points(points, generator=rng(1)) & (torch.arange(20) > 1)
    mask[:, 5:12] = True
    found = model(points, mask=mask)
    for b in range(2):
        alone = model(points[b : b + 1, mask[b]])
        torch.testing.assert_close(found[b : b + 1, mask[b]], alone)
    classifier = alive(PointNet2(4, encoder=model.encoder), rng)
    assert classifier(points, mask=mask).isfinite().all()


def test_what_does_not_fit_is_refused(rng):
    model, points = segmenter(rng), clouds(rng)
    with pytest.raises(ValueError, match="groups must have a way back, got None"):
        model(points, model.encoder.group(points))
    with pytest.raises(ValueError, match="widths must be of 3 steps back, got 2"):
        PointNet2Segmenter(4, widths=STEPS[:2])
