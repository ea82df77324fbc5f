"""Checks of dlnotes.pointconv.model."""

from functools import partial
from itertools import pairwise

import pytest
import torch

from dlnotes.blocks.grouping import gather_points
from dlnotes.pointconv.deconvolution import (
    InterpolationOnly,
    PointDeconv,
    PublishedDeconv,
)
from dlnotes.pointconv.density import DensityNetwork, normalized_inverse
from dlnotes.pointconv.layer import PointConv
from dlnotes.pointconv.model import PUBLISHED, PointConvClassifier, PointConvSegmenter
from dlnotes.pointconv.neighborhood import pyramid, steps_back, whole_cloud
from tests.weights import enliven

WIDTHS = ((6, 8), (8, 8), (8, 12))
LAYER = partial(PointConv, middle=4, inverse=normalized_inverse)


def cloud(rng):
    points = torch.randn(2, 40, 3, dtype=torch.float64, generator=rng())
    return points, torch.randn(2, 40, 2, dtype=torch.float64, generator=rng(1))


def levels_of(points, start=3, mask=None):
    sizes = {"bandwidths": (0.5, 0.8), "mask": mask, "start": start}
    levels = pyramid(points, (15, 6), (8, 5), **sizes)
    return [
        *levels,
        whole_cloud(levels[-1].points, bandwidth=1.0, mask=levels[-1].real),
    ]


def classifier(rng):
    model = PointConvClassifier(5, WIDTHS, channels=2, head=(7,), layer=LAYER)
    enliven(model, rng(7))
    return model.double().eval()


def segmenter(rng, decoder=PointDeconv):
    model = PointConvSegmenter(
        *(5, WIDTHS[:2], ((7, 8), (6, 9))), channels=2, layer=LAYER, decoder=decoder
    )
    enliven(model, rng(7))
    return model.double().eval()


def segment(model, features, points, start=3):
    levels = levels_of(points, start)[:2]
    return model(features, levels, steps_back(points, levels, 4, bandwidths=(0.5, 0.8)))


def test_the_order_of_points_does_not_matter_from_one_start(rng):
    """Invariance to permutations, if the first point chosen is the same point."""
    points, features = cloud(rng)
    order = torch.randperm(40, generator=rng(2)).expand(2, -1)
    start = (order[0] == 3).nonzero().item()
    mixed, mixed_features = gather_points(points, order), gather_points(features, order)
    model = classifier(rng)
    expected = model(features, levels_of(points))
    found = model(mixed_features, levels_of(mixed, start))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    parts = segmenter(rng)
    expected = gather_points(segment(parts, features, points), order)
    found = segment(parts, mixed_features, mixed, start)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_a_start_by_number_breaks_the_invariance_to_permutations(rng):
    """The counterexample: number 0 is another point then."""
    points, features = cloud(rng)
    order = torch.randperm(40, generator=rng(2)).expand(2, -1)
    mixed, mixed_features = gather_points(points, order), gather_points(features, order)
    model = classifier(rng)
    expected = model(features, levels_of(points, 0))
    found = model(mixed_features, levels_of(mixed, 0))
    assert (found - expected).abs().max() > 1e-4  # not by rounding


def test_a_shift_changes_nothing_unless_coordinates_are_features(rng):
    """Invariance to translations, and the published counterexample to it."""
    points, features = cloud(rng)
    moved = points + torch.tensor([3.0, -2.0, 5.0])
    model = classifier(rng)
    expected = model(features, levels_of(points))
    found = model(features, levels_of(moved))
    # Coordinates near 5 have rounding errors of 1e-15, relative to offsets of 1.
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    model = PointConvClassifier(5, WIDTHS, channels=3, head=(7,), layer=LAYER)
    enliven(model, rng(7))
    absolute = model.double().eval()
    expected = absolute(points, levels_of(points))
    gap = (absolute(moved, levels_of(moved)) - expected).abs().max()
    assert gap > 1e-4  # sums over many points differ little, but not by rounding


def test_padding_does_not_matter(rng):
    points, features = cloud(rng)
    model = classifier(rng)
    expected = model(features, levels_of(points))
    more = torch.randn(2, 9, 3, dtype=torch.float64, generator=rng(2))
    mask = (torch.arange(49) < 40).expand(2, -1)
    padded = torch.cat([points, more], 1), torch.cat([features, more[..., :2]], 1)
    found = model(padded[1], levels_of(padded[0], mask=mask))
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("decoder", [PointDeconv, PublishedDeconv, InterpolationOnly])
def test_every_parameter_of_a_segmenter_learns(decoder, rng):
    model = segmenter(rng, decoder).train()
    points, features = cloud(rng)
    logits = segment(model, features, points)
    assert logits.shape == (2, 40, 5)
    slope = torch.randn(logits.shape, dtype=torch.float64, generator=rng(2))
    logits.backward(slope)
    assert all((p.grad != 0).any() for p in model.parameters())


def test_the_published_sizes_make_the_published_classifier():
    """Counted by hand: of each convolution of theirs, with biases before norms."""
    sizes = {key: PUBLISHED[key] for key in ("widths", "head", "dropout")}
    layer = partial(PointConv, inverse=DensityNetwork((16, 8), bounded=False))
    with torch.device("meta"):
        model = PointConvClassifier(40, channels=3, layer=layer, **sizes)

    def chain(*lengths):  # linear, bias, and the two of the normalization
        return sum(a * b + 3 * b for a, b in pairwise(lengths))

    small = chain(3, 8, 8, 16) + chain(1, 16, 8, 1)
    theirs = 3 * small + chain(1024, 512, 256) + 256 * 40 + 40
    theirs += chain(6, 64, 64, 128) + chain(16 * 128, 128)
    theirs += chain(131, 128, 128, 256) + chain(16 * 256, 256)
    theirs += chain(259, 256, 512, 1024) + chain(16 * 1024, 1024)
    biases = sum(m.num_features for m in model.modules() if hasattr(m, "num_features"))
    assert sum(p.numel() for p in model.parameters()) + biases == theirs


def test_levels_that_do_not_fit_are_refused(rng):
    points, features = cloud(rng)
    model, levels = classifier(rng), levels_of(points)
    with pytest.raises(ValueError, match="levels must be 3, one a layer, got 2"):
        model(features, levels[:2])
    with pytest.raises(ValueError, match="the last level must have one point"):
        model(features, pyramid(points, (9, 6, 4), (3, 3, 3), bandwidths=(1, 1, 1)))
    with pytest.raises(ValueError, match=r"features must have 2 channels, got 3"):
        model(points, levels)
    with pytest.raises(ValueError, match="as many steps back as levels"):
        PointConvSegmenter(5, WIDTHS, ((8,),))


def replaced(level, **parts):
    return level._replace(around=level.around._replace(**parts))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda levels: None, TypeError, "levels must be a sequence, got None"),
        (lambda levels: levels[0], TypeError, r"levels must be a sequence, got Level"),
        (
            lambda levels: [levels[0], levels[1]._replace(around=levels[1]), levels[2]],
            TypeError,
            r"levels\[1\].around must be of type Neighborhood, got Level",
        ),
        (
            lambda levels: [replaced(v, real=v.around.real.double()) for v in levels],
            TypeError,
            r"levels\[0\].around.real must hold truth values, got torch.float64",
        ),
        (
            lambda levels: [replaced(v, indices=v.around.offsets) for v in levels],
            TypeError,
            r"levels\[0\].around.indices must hold integers, got torch.float64",
        ),
        (
            lambda levels: [
                *levels[:2],
                replaced(levels[2], indices=levels[2].around.indices[:1]),
            ],
            ValueError,
            r"levels\[2\].around.indices must be \(2, M, K\), got \(1, 1, 6\)",
        ),
    ],
)
def test_what_is_no_list_of_levels_is_refused(change, error, message, rng):
    points, features = cloud(rng)
    with pytest.raises(error, match=message):
        classifier(rng)(features, change(levels_of(points)))


def test_steps_that_do_not_fit_are_refused(rng):
    points, features = cloud(rng)
    model, levels = segmenter(rng), levels_of(points)[:2]
    steps = steps_back(points, levels, 4, bandwidths=(0.5, 0.8))
    with pytest.raises(ValueError, match="steps must be 2, one a level, got 1"):
        model(features, levels, steps[:1])
    with pytest.raises(TypeError, match=r"steps\[0\] must be of type Step, got Level"):
        model(features, levels, levels)
    other = [steps[0]._replace(beside=steps[1].beside), steps[1]]
    with pytest.raises(ValueError, match=r"steps\[0\].beside must be of \(2, 15\) poi"):
        model(features, levels, other)
