"""Calls of the functions of the network, its losses, and the baseline."""

import torch

from dlnotes.blocks.grouping import Selection
from dlnotes.votenet._means import mean_where
from dlnotes.votenet.box_loss import (
    add_losses,
    bin_losses,
    box_losses,
    center_loss,
    detection_loss,
)
from dlnotes.votenet.boxnet import boxnet_loss, seeds_as_votes
from dlnotes.votenet.clustering import choose_centers, cluster_members
from dlnotes.votenet.objectness import (
    Assignment,
    Truths,
    assign_objects,
    objectness_loss,
)
from dlnotes.votenet.proposals import (
    Detections,
    Proposals,
    decode_boxes,
    proposal_scores,
    split_outputs,
    take_residuals,
)
from dlnotes.votenet.voting import cast_votes, seed_truths, vote_loss
from tests.contract import Case

WAVE = torch.arange(1, 900, dtype=torch.float64).square().sin()


def wave(start, *shape):
    count = int(torch.tensor(shape).prod())
    return WAVE[start : start + count].reshape(shape)


SEEDS, FEATURES, MOVES = wave(0, 2, 5, 3), wave(30, 2, 5, 4), wave(70, 2, 5, 2, 7)
VOTES, TRUE = wave(210, 2, 5, 2, 3), wave(270, 2, 5, 3, 3)
REAL = torch.arange(3) < torch.tensor([[1, 3, 0, 2, 0], [0, 2, 1, 0, 3]])[..., None]
FLAT, KNOWN = wave(360, 2, 10, 3), wave(420, 2, 10, 4)
CENTERS = FLAT[:, [0, 4, 7]]
BALL = torch.tensor(
    [[[0, 1, 2], [4, 4, 5], [7, 9, 0]], [[0, 3, 0], [4, 8, 9], [7] * 3]]
)
BALL = Selection(BALL, torch.ones_like(BALL, dtype=torch.bool))
OUTPUTS = wave(500, 2, 3, 5 + 2 * 4 + 4 * 2 + 3)
BOXES = torch.cat([wave(660, 2, 4, 3), wave(684, 2, 4, 3) + 2, wave(708, 2, 4, 1)], -1)
THERE = torch.tensor([[True, True, False, True], [True, False, False, False]])
KINDS = torch.tensor([[0, 1, 9, 1], [1, -1, 7, 0]])  # of padding: anything
TRUTHS = Truths(BOXES, KINDS, THERE)
NOBODY = Truths(BOXES, KINDS, THERE & False)
SHORT = TRUTHS._replace(boxes=BOXES[..., :6])
MEANS = wave(716, 2, 3) + 2
OBJECTS = torch.tensor([[0, 1, 3], [0, 0, 0]])
POSITIVE = torch.tensor([[True, False, True], [True, False, False]])
COUNTED = POSITIVE | torch.tensor([[False, True, False], [False, False, True]])
ASSIGNED = Assignment(OBJECTS, POSITIVE, COUNTED)
NONE = Assignment(OBJECTS, POSITIVE & False, COUNTED & False)
SAID = Proposals(*(x.clone() for x in split_outputs(OUTPUTS, CENTERS, bins=4, sizes=2)))
SAID = SAID._replace(class_scores=SAID.class_scores[..., :2].clone())
NUMBERS = torch.tensor([[3, 0, 6, 1, 5], [2, 4, 0, 6, 1]])
CHOSEN = torch.tensor([[0, 4, 7], [2, 9, 5]])
FOUND = Detections(NUMBERS, SEEDS, VOTES, CHOSEN, CENTERS, SAID)
ALONE = FOUND._replace(votes=SEEDS[:, :, None].clone(), chosen=CHOSEN // 2)
SHIFTS, ON = wave(730, 2, 7, 3), wave(780, 2, 7) > 0
PARTS = {"vote": wave(800, 1)[0], "class": wave(801, 1)[0]}
SINGLE = {"half": "single", "batched": False}


def meta(*shape, dtype=torch.float32):
    return torch.empty(*shape, dtype=dtype, device="meta")


CASES = [
    Case(
        cast_votes,
        (SEEDS, FEATURES, MOVES),
        half="single",
        edges={"no feature left": (SEEDS, FEATURES * 0, MOVES * 0)},
        refused={
            "short moves": (SEEDS, FEATURES, MOVES[..., :6]),
            "other seeds": (SEEDS[:, :4], FEATURES, MOVES),
            "flat": (SEEDS[..., :2], FEATURES, MOVES),
        },
        large=(meta(8, 1024, 3), meta(8, 1024, 64), meta(8, 1024, 2, 67)),
    ),
    Case(
        seed_truths,
        (NUMBERS, SEEDS, SHIFTS, ON),
        half="single",
        refused={
            "no such point": (NUMBERS + 1, SEEDS, SHIFTS, ON),
            "fewer places": (NUMBERS, SEEDS[:, :4], SHIFTS, ON),
            "flat": (NUMBERS, SEEDS, SHIFTS[..., :2], ON),
        },
    ),
    Case(
        vote_loss,
        (VOTES, TRUE, REAL),
        edges={
            "coincident": (TRUE[:, :, :2], TRUE, REAL),
            "nobody": (VOTES, TRUE, REAL & False),
            "no seed": (VOTES[:, :0], TRUE[:, :0], REAL[:, :0]),
        },
        refused={
            "no vote": (VOTES[:, :, :0], TRUE, REAL),
            "other seeds": (VOTES[:, :4], TRUE, REAL),
            "other mask": (VOTES, TRUE, REAL[..., :2]),
        },
        large=(meta(8, 1024, 3, 3), meta(8, 1024, 3, 3), meta(8, 1024, 3).bool()),
        **SINGLE,
    ),
    *(
        Case(
            choose_centers,
            (VOTES, SEEDS, 4),
            {"by": by},
            half="single",
            smooth=False,
            edges={"coincident": (VOTES * 0, SEEDS * 0, 4)},
            refused={
                "none": (VOTES, SEEDS, 0),
                "other": (VOTES, SEEDS[:, :4], 4),
                "no seed": (VOTES[:, :0], SEEDS[:, :0], 4),
            },
        )
        for by in ("votes", "seeds")
    ),
    Case(
        cluster_members,
        (FLAT, KNOWN, CENTERS, BALL, 0.3),
        half="single",
        edges={"coincident": (FLAT * 0, KNOWN, CENTERS * 0, BALL, 0.3)},
        refused={
            "no radius": (FLAT, KNOWN, CENTERS, BALL, 0.0),
            "fewer features": (FLAT, KNOWN[:, :9], CENTERS, BALL, 0.3),
        },
    ),
    Case(
        split_outputs,
        (OUTPUTS, CENTERS),
        {"bins": 4, "sizes": 2},
        half="single",
        refused={
            "no class": (OUTPUTS[..., :21], CENTERS),
            "other clusters": (OUTPUTS, CENTERS[:, :2]),
        },
    ),
    Case(
        decode_boxes,
        (SAID, MEANS),
        smooth=False,
        refused={"no size": (SAID, MEANS * 0), "one mean": (SAID, MEANS[:1])},
        **SINGLE,
    ),
    Case(
        proposal_scores,
        (SAID,),
        edges={"far": (SAID._replace(class_scores=SAID.class_scores * 1e30),)},
    ),
    Case(take_residuals, (SAID.size_residuals, POSITIVE.long())),
    Case(
        assign_objects,
        (CENTERS, BOXES[..., :3]),
        {"mask": THERE},
        half="single",
        smooth=False,
        edges={"coincident": (CENTERS * 0, BOXES[..., :3] * 0)},
        refused={"no truth": (CENTERS, BOXES[:, :0, :3])},
    ),
    Case(
        objectness_loss,
        (SAID.objectness, POSITIVE, COUNTED),
        batched=False,
        edges={
            "sure": (SAID.objectness * 1e6, POSITIVE, COUNTED),
            "nothing counts": (SAID.objectness, POSITIVE, COUNTED & False),
        },
        refused={
            "three scores": (MOVES[:, :3, 0, :3], POSITIVE, COUNTED),
            "other labels": (SAID.objectness, POSITIVE[:, :2], COUNTED),
        },
    ),
    Case(
        center_loss,
        (CENTERS, BOXES[..., :3], POSITIVE),
        {"mask": THERE},
        edges={
            "coincident": (CENTERS * 0, BOXES[..., :3] * 0, POSITIVE),
            "none positive": (CENTERS, BOXES[..., :3], POSITIVE & False),
        },
        refused={
            "other labels": (CENTERS, BOXES[..., :3], POSITIVE[:, :2]),
            "no truth": (CENTERS, BOXES[:, :0, :3], POSITIVE),
        },
        **SINGLE,
    ),
    Case(
        bin_losses,
        (
            SAID.size_scores,
            SAID.size_residuals,
            OBJECTS.clamp_max(1),
            CENTERS,
            POSITIVE,
        ),
        batched=False,
        edges={
            "sure": (
                *(SAID.size_scores * 1e6, SAID.size_residuals * 1e6),
                *(OBJECTS.clamp_max(1), CENTERS, POSITIVE),
            )
        },
        refused={
            "no such class": (
                *(SAID.size_scores, SAID.size_residuals, OBJECTS),
                *(CENTERS, POSITIVE),
            ),
            "other residuals": (
                *(SAID.size_scores, SAID.size_residuals[..., :2]),
                *(OBJECTS.clamp_max(1), CENTERS, POSITIVE),
            ),
        },
    ),
    Case(
        box_losses,
        (SAID, TRUTHS, ASSIGNED, MEANS),
        smooth=False,
        edges={"nobody": (SAID, NOBODY, NONE, MEANS)},
        refused={
            "one mean": (SAID, TRUTHS, ASSIGNED, MEANS[:1]),
            "no such class": (
                *(SAID, TRUTHS._replace(classes=KINDS + 1)),
                *(ASSIGNED, MEANS),
            ),
        },
        **SINGLE,
    ),
    Case(
        add_losses,
        (PARTS,),
        refused={"unknown": ({"votes": PARTS["vote"]},), "none": ({},)},
        **SINGLE,
    ),
    Case(
        detection_loss,
        (FOUND, (SHIFTS, ON), TRUTHS, MEANS),
        edges={"nobody": (FOUND, (SHIFTS, ON & False), NOBODY, MEANS)},
        refused={"six numbers": (FOUND, (SHIFTS, ON), SHORT, MEANS)},
        **SINGLE,
    ),
    Case(
        boxnet_loss,
        (ALONE, (SHIFTS, ON), TRUTHS, MEANS),
        smooth=False,
        edges={"nobody": (ALONE, (SHIFTS, ON & False), NOBODY, MEANS)},
        refused={"six numbers": (ALONE, (SHIFTS, ON), SHORT, MEANS)},
        **SINGLE,
    ),
    Case(
        mean_where,
        (VOTES[..., 0, :], REAL),
        batched=False,
        edges={"nothing counts": (VOTES[..., 0, :], REAL & False)},
        refused={"fewer": (VOTES[..., 0, :], REAL[:1])},
    ),
    Case(seeds_as_votes, (SEEDS, FEATURES)),
]
EXEMPT = {
    "dlnotes.votenet.objectness.validate_truths": "it looks and computes nothing",
    "dlnotes.votenet.proposals.validate_means": "it looks and computes nothing",
}
