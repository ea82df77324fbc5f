"""Checks of dlnotes.votenet.suppression."""

import math

import pytest
import torch

from dlnotes.votenet.clipping import bounds_iou, box_iou
from dlnotes.votenet.suppression import suppress
from tests.votenet.test_boxes import draw_boxes


def one_by_one(scores, overlaps, threshold, classes, real):
    """The usual list that is worked off from the best to the worst."""
    left = sorted((k for k in range(len(scores)) if real[k]), key=lambda k: -scores[k])
    kept = []
    while left:
        best, *left = left
        kept.append(best)
        left = [
            k
            for k in left
            if overlaps[best][k] <= threshold or classes[k] != classes[best]
        ]
    return kept


@pytest.mark.parametrize("overlap", [box_iou, bounds_iou])
@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("by_class", [True, False])
def test_what_is_kept_is_what_a_list_worked_off_keeps(overlap, flat, by_class, rng):
    """Eq. (suppression), with padding and equal scores."""
    boxes = draw_boxes(3, 40, generator=rng(), spread=1.5)
    scores = torch.rand(3, 40, dtype=torch.float64, generator=rng(1))
    scores = (20 * scores).round() / 20  # many are equal
    classes = torch.randint(3, (3, 40), generator=rng(2))
    mask = torch.arange(40) < torch.tensor([[40], [17], [0]])
    overlaps = overlap(boxes, boxes, flat=flat)
    kept = suppress(scores, overlaps, classes=classes if by_class else None, mask=mask)
    assert 0 < kept[0].sum() < 40
    for b in range(3):
        given = scores[b].tolist(), overlaps[b].tolist(), 0.25
        own = classes[b].tolist() if by_class else [0] * 40
        wanted = one_by_one(*given, own, mask[b].tolist())
        assert sorted(wanted) == kept[b].nonzero()[:, 0].tolist()


def test_a_suppressed_box_suppresses_nothing():
    """Eq. (suppression): the second falls by the first, so that the third stays."""
    overlaps = torch.tensor([[[1.0, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]])
    scores = torch.tensor([[0.9, 0.8, 0.7]])
    assert suppress(scores, overlaps).tolist() == [[True, False, True]]
    first_is_padding = torch.tensor([[False, True, True]])
    kept = suppress(scores, overlaps, mask=first_is_padding)
    assert kept.tolist() == [[False, True, False]]


def test_an_overlap_of_the_threshold_does_not_suppress():
    """Eq. (suppression) asks for more than the threshold."""
    overlaps = torch.tensor([[[1.0, 0.25], [0.25, 1.0]]])
    scores = torch.tensor([[0.1, 0.2]])
    assert suppress(scores, overlaps).all()
    assert suppress(scores, overlaps, threshold=0.24).tolist() == [[False, True]]


def test_the_published_suppression_drops_a_box_that_overlaps_nothing():
    """Eq. (suppression): two beams beside each other, an eighth turned."""
    beam = torch.tensor([0.0, 0, 0, 2, 0.4, 1, math.pi / 4])
    beams = torch.stack([beam, beam + torch.tensor([-0.5, 0.5, 0, 0, 0, 0, 0])])[None]
    scores = torch.tensor([[0.9, 0.8]])
    assert suppress(scores, box_iou(beams, beams)).tolist() == [[True, True]]
    published = suppress(scores, bounds_iou(beams, beams, flat=True))
    assert published.tolist() == [[True, False]]
    upright = beams.clone()
    upright[..., 6] = 0
    upright[0, 1, 1] += 0.5  # nothing is lost where bounds and boxes are one
    assert suppress(scores, bounds_iou(upright, upright, flat=True)).all()


def test_boxes_above_each_other_fall_from_above_only():
    """Eq. (suppression): a lamp over a table."""
    table = torch.tensor([0.0, 0, 0.4, 1, 1, 0.8, 0])
    lamp = torch.tensor([0.0, 0, 2.4, 1, 1, 0.4, 0])
    both, scores = torch.stack([table, lamp])[None], torch.tensor([[0.9, 0.8]])
    kept = suppress(scores, bounds_iou(both, both, flat=True))
    assert kept.tolist() == [[True, False]]
    assert suppress(scores, bounds_iou(both, both)).all()


def test_classes_are_whole_numbers_of_the_boxes():
    scores, overlaps = torch.ones(1, 2), torch.ones(1, 2, 2)
    with pytest.raises(TypeError, match="integers"):
        suppress(scores, overlaps, classes=scores)
    with pytest.raises(TypeError, match="tensor"):
        suppress(scores, overlaps, classes=[[0, 1]])
    with pytest.raises(ValueError, match=r"\(1, 3\)"):
        suppress(scores, overlaps, classes=torch.zeros(1, 3, dtype=torch.int64))
