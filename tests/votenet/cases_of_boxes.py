"""Calls of the functions that compare boxes and score them."""

import math

import torch

from dlnotes.votenet.average_precision import (
    average_precision,
    detection_precision,
    match_detections,
    mean_of_classes,
)
from dlnotes.votenet.boxes import box_bounds, box_corners, points_in_boxes
from dlnotes.votenet.clipping import bounds_iou, box_iou, clipped_area
from dlnotes.votenet.headings import (
    heading_bins,
    headings_of_bins,
    size_residuals,
    sizes_of_residuals,
)
from dlnotes.votenet.suppression import suppress
from tests.contract import Case

WAVE = torch.arange(1, 400, dtype=torch.float64).square().sin()


def waves(start, *shape):
    return WAVE[start : start + math.prod(shape)].reshape(shape)


def meta(*shape, dtype=torch.float32):
    return torch.empty(*shape, dtype=dtype, device="meta")


def placed(start, *shape):
    """Boxes near 0 with sides from 0.5 to 2.5."""
    boxes = waves(start, *shape, 7).clone()
    boxes[..., 3:6] += 1.5
    return boxes


ONE, OTHER = placed(0, 2, 5), placed(80, 2, 4)
FIVE = placed(150, 2, 5)
EMPTY, TURNED = ONE * 0, ONE.clone()
TURNED[..., 6] = math.pi / 4
NEGATIVE = ONE - 4
PAIRS = {"identical": (ONE, ONE), "an eighth": (TURNED, TURNED), "empty": (EMPTY, ONE)}
POINTS = waves(200, 2, 9, 3)
SCORES, TIES = waves(240, 2, 5), waves(240, 2, 5) * 0
TABLE = waves(260, 2, 25).reshape(2, 5, 5).abs()
TABLE = (TABLE + TABLE.mT) / 2
MATCHED = waves(310, 2, 5, 4).abs()
REAL = torch.arange(5) < torch.tensor([[5], [3]])
OBJECTS = torch.arange(4) < torch.tensor([[4], [2]])
KINDS = torch.tensor([[0, 1, 0, 1, 2], [2, 2, 1, 1, 0]])
HITS = torch.tensor([[1, 0, 1, 1, 0], [0, 1, 0, 0, 1]]) > 0
COUNTS = torch.tensor([4, 3])
RANKED = {"half": "single", "smooth": False}

CASES = [
    Case(
        box_corners,
        (ONE,),
        half="single",
        edges={"empty": (EMPTY,), "an eighth": (TURNED,)},
        refused={"negative sides": (NEGATIVE,), "six numbers": (ONE[..., :6],)},
        large=(meta(4096, 7),),
    ),
    Case(
        box_bounds,
        (ONE,),
        half="single",
        edges={"empty": (EMPTY,), "upright": (ONE * (torch.arange(7) < 6),)},
        refused={"negative sides": (NEGATIVE,)},
        large=(meta(4096, 7),),
    ),
    Case(
        points_in_boxes,
        (POINTS, ONE),
        edges={"empty": (POINTS, EMPTY), "no point": (POINTS[:, :0], ONE)},
        refused={"one box": (POINTS, ONE[:, 0]), "flat": (POINTS[..., :2], ONE)},
        large=(meta(4, 4096, 3), meta(4, 64, 7)),
        **RANKED,
    ),
    Case(
        clipped_area,
        (ONE, FIVE),
        edges=PAIRS,
        refused={"negative sides": (ONE, NEGATIVE)},
        large=(meta(4096, 7), meta(4096, 7)),
    ),
    *(
        Case(
            function,
            (ONE, OTHER),
            {"flat": flat},
            edges={**PAIRS, "none": (ONE, OTHER[:, :0])},
            refused={
                "negative sides": (ONE, NEGATIVE),
                "other scenes": (ONE, OTHER[:1]),
                "one box": (ONE[0, 0], OTHER[0, 0]),
            },
            large=(meta(1024, 7), meta(1024, 7)),
        )
        for function in (box_iou, bounds_iou)
        for flat in (True, False)
    ),
    Case(
        suppress,
        (SCORES, TABLE),
        {"classes": KINDS, "mask": REAL, "threshold": 0.4},
        edges={"ties": (TIES, TABLE)},
        refused={"fewer": (SCORES[:, :4], TABLE), "not square": (SCORES, MATCHED)},
        **RANKED,
    ),
    Case(
        suppress,
        (SCORES, TABLE),
        edges={"none": (SCORES[:, :0], TABLE[:, :0, :0])},
        large=(meta(8, 64), meta(8, 64, 64)),
        **RANKED,
    ),
    Case(
        match_detections,
        (SCORES, MATCHED),
        {"mask": REAL, "truths": OBJECTS, "threshold": 0.3},
        edges={"ties": (TIES, MATCHED)},
        refused={"fewer": (SCORES[:, :4], MATCHED)},
        **RANKED,
    ),
    Case(
        match_detections,
        (SCORES, MATCHED),
        edges={"no object": (SCORES, MATCHED[..., :0])},
        large=(meta(8, 256), meta(8, 256, 64)),
        **RANKED,
    ),
    *(
        Case(
            average_precision,
            (SCORES, HITS, COUNTS),
            {"rule": rule, "mask": REAL},
            edges={
                "ties": (TIES, HITS, COUNTS),
                "no object": (TIES, HITS & False, COUNTS * 0),
            },
            refused={
                "more hits": (SCORES, HITS, COUNTS - 2),
                "fewer hits": (SCORES, HITS[:, :4], COUNTS),
                "negative": (SCORES, HITS, COUNTS - 5),
            },
            **RANKED,
        )
        for rule in ("all-point", "11-point", "101-point", "raw")
    ),
    Case(
        average_precision,
        (SCORES, HITS, COUNTS),
        {"rule": "101-point"},
        edges={"no detection": (SCORES[:, :0], HITS[:, :0], COUNTS)},
        large=(
            meta(8, 4096),
            meta(8, 4096, dtype=torch.bool),
            meta(8, dtype=torch.int64),
        ),
        **RANKED,
    ),
    Case(
        mean_of_classes,
        (SCORES, KINDS),
        half="single",
        edges={"no object": (SCORES, KINDS * 0)},
        refused={"fewer": (SCORES, KINDS[:, :4]), "negative": (SCORES, KINDS - 1)},
    ),
    Case(
        detection_precision,
        (ONE, waves(340, 2, 5, 3), OTHER, KINDS[:, :4]),
        {"mask": REAL, "truths": OBJECTS},
        batched=False,
        edges={"ties": (ONE, waves(340, 2, 5, 3) * 0, ONE[:, :4], KINDS[:, :4])},
        refused={
            "fewer scores": (ONE, waves(340, 2, 4, 3), OTHER, KINDS[:, :4]),
            "no class": (ONE, waves(340, 2, 5, 0), OTHER, KINDS[:, :4]),
            "no such class": (ONE, waves(340, 2, 5, 2), OTHER, KINDS[:, :4]),
        },
        **RANKED,
    ),
    Case(
        heading_bins,
        (4 * SCORES, 12),
        half="single",
        edges={"borders": (TIES + math.pi / 12, 12), "one bin": (TIES - math.pi, 1)},
        refused={"no bin": (SCORES, 0)},
        large=(meta(4096), 12),
    ),
    Case(
        headings_of_bins,
        (KINDS, SCORES, 3),
        half="single",
        edges={"half a turn": (KINDS * 0, TIES + 1, 3)},
        refused={"two bins": (KINDS, SCORES, 2), "fewer": (KINDS[:, :4], SCORES, 3)},
    ),
    *(
        Case(
            function,
            (POINTS, POINTS.abs() + 1),
            edges={"the mean": (POINTS.abs(), POINTS.abs())},
            refused={"no mean": (POINTS, POINTS * 0)},
            large=(meta(4096, 3), meta(4096, 3)),
        )
        for function in (size_residuals, sizes_of_residuals)
    ),
]
EXEMPT = {
    "dlnotes.votenet.boxes.check_boxes": "looks at arguments and computes nothing",
}
