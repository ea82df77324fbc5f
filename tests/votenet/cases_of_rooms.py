"""Calls of the functions that say what votes should be."""

import torch

from dlnotes.votenet.targets import height_above_floor, object_votes
from tests.contract import Case

WAVE = torch.arange(1, 200, dtype=torch.float64).square().sin()
POINTS, BOXES = WAVE[:42].reshape(2, 7, 3), WAVE[50:92].reshape(2, 3, 7)
OWNER = torch.tensor([[0, 2, -1, 1, 1, 0, -1], [-1, 2, 2, 2, 0, -1, 1]])
LARGE = torch.empty(8, 16384, 3, device="meta")

CASES = [
    Case(
        object_votes,
        (POINTS, OWNER, BOXES),
        half="single",
        edges={
            "equal points": (POINTS * 0, OWNER, BOXES),
            "no object": (POINTS, OWNER * 0 - 1, BOXES[:, :0]),
            "no point": (POINTS[:, :0], OWNER[:, :0], BOXES),
        },
        refused={
            "no such object": (POINTS, OWNER, BOXES[:, :2]),
            "below none": (POINTS, OWNER - 1, BOXES),
            "fewer owners": (POINTS, OWNER[:, :5], BOXES),
            "no heading": (POINTS, OWNER, BOXES[..., :6]),
            "a plane": (POINTS[..., :2], OWNER, BOXES),
        },
        large=(
            LARGE,
            torch.empty(8, 16384, dtype=torch.int64, device="meta"),
            torch.empty(8, 64, 7, device="meta"),
        ),
    ),
    Case(
        height_above_floor,
        (POINTS,),
        half="single",
        edges={"equal points": (POINTS * 0,), "one point": (POINTS[:, :1],)},
        refused={"no point": (POINTS[:, :0],), "a plane": (POINTS[..., :2],)},
        large=(LARGE,),
    ),
]
EXEMPT: dict[str, str] = {}
