"""Canonical calls of the tensor functions of dlnotes.blocks."""

import torch

from dlnotes.blocks.attention import (
    attend,
    attention_weights,
    fused_attend,
    masked_softmax,
)
from dlnotes.blocks.chamfer import chamfer_distance, gaps_to_nearest
from dlnotes.blocks.distances import safe_root, squared_distances
from dlnotes.blocks.grouping import gather_points, offsets
from dlnotes.blocks.interpolation import (
    interpolate_points,
    inverse_distance_weights,
    mix_points,
)
from dlnotes.blocks.magnitude import near_one, power_of_two
from dlnotes.blocks.neighbors import first_within, nearest_points, points_within
from dlnotes.blocks.patches import patchify, unpatchify
from dlnotes.blocks.pooling import masked_max, masked_mean
from dlnotes.blocks.positions import sincos_1d, sincos_2d
from dlnotes.blocks.sampling import farthest_points
from dlnotes.blocks.vae import bernoulli_log_likelihood
from tests.contract import Case

LOGITS = torch.tensor([[0.5, -1.0, 2.0], [0.0, 3.0, -2.0]], dtype=torch.float64)
PIXELS = torch.tensor([[1, 0, 1], [0, 0, 1]], dtype=torch.float64)
TOKENS = torch.linspace(-2, 2, 3 * 2 * 4 * 6, dtype=torch.float64).sin()
QUERY, KEY, VALUE = TOKENS.reshape(3, 2, 4, 6)
MASK = torch.tensor([[True, False, True, True], [False] * 4]).view(2, 1, 4)
EXTRA = {"mask": MASK, "bias": TOKENS[:32].reshape(2, 4, 4)}
IMAGES = TOKENS[:96].reshape(2, 2, 4, 6)
PLACES = torch.linspace(-2, 7, 6, dtype=torch.float64).reshape(2, 3)
MANY = torch.empty(64, 196, 64, device="meta")
WAVE = torch.arange(1, 200, dtype=torch.float64).square().sin()
CLOUD, ASKED = WAVE[:42].reshape(2, 7, 3), WAVE[50:74].reshape(2, 4, 3)
WIDE, WIDER = WAVE[:120].reshape(2, 6, 10), WAVE[100:180].reshape(2, 4, 10)
REAL = torch.arange(7) < torch.tensor([[7], [4]])
GROUPS = torch.tensor(
    [[[0, 1], [2, 3], [4, 5], [6, 6]], [[6, 2], [0, 0], [1, 3], [5, 1]]]
)
SQUARES = WAVE[:12].reshape(2, 2, 3).abs()
COUNTED = torch.tensor([[[True, False, True], [False] * 3]] * 2)
SAME = torch.ones_like(CLOUD)
VALUES = WAVE[60:84].reshape(2, 4, 3)
ROWS = torch.tensor([[True, False, True, True], [True] * 4])
LARGE = torch.empty(8, 16384, 3, device="meta")
LARGER = torch.empty(1, 12_000, 3, device="meta")
MANY_CLOUDS = torch.empty(32, 2048, 3, device="meta")
LARGE_GROUPS = torch.empty(8, 1024, 32, dtype=torch.int64, device="meta")
ELSEWHERE = {
    "no point": (CLOUD[:, :0], ASKED, 3),
    "another space": (CLOUD, ASKED[..., :2], 3),
    "none wanted": (CLOUD, ASKED, 0),
    "not a number": (CLOUD * torch.nan, ASKED, 3),
}
BALLS = {
    "no point": (CLOUD[:, :0], ASKED, 0.5, 3),
    "no radius": (CLOUD, ASKED, 0.0, 3),
    "none wanted": (CLOUD, ASKED, 0.5, 0),
}

CASES = [
    Case(
        attention_weights,
        (QUERY, KEY),
        EXTRA,
        edges={"equal keys": (QUERY, KEY * 0), "large": (QUERY * 1e3, KEY * 1e3)},
        refused={
            "no length": (QUERY[..., :0], KEY[..., :0]),
            "no key": (QUERY, KEY[:, :0]),
        },
    ),
    Case(
        masked_softmax,
        (TOKENS[:32].reshape(2, 4, 4), MASK),
        edges={"equal": (torch.zeros(2, 4, 4, dtype=torch.float64), MASK)},
        refused={"wider mask": (TOKENS[:32].reshape(2, 4, 4)[..., :3], MASK)},
        large=(MANY, MANY.isnan()),
    ),
    Case(attend, (QUERY, KEY, VALUE), EXTRA),
    Case(fused_attend, (QUERY, KEY, VALUE), EXTRA),
    Case(patchify, (IMAGES, 2), refused={"odd": (IMAGES, 3)}, large=(MANY[None], 4)),
    Case(
        unpatchify,
        (IMAGES.reshape(2, 6, 8), (2, 1), (3, 2)),
        refused={"another grid": (IMAGES.reshape(2, 6, 8), 2, (3, 3))},
        large=(MANY, 8, (14, 14)),
    ),
    Case(
        sincos_1d,
        (PLACES, 8),
        half="single",
        edges={"far": (PLACES * 1e6, 8)},
        refused={"odd": (PLACES, 7), "nowhere": (PLACES * torch.nan, 8)},
        large=(torch.empty(4096, device="meta"), 64),
    ),
    Case(
        sincos_2d,
        (PLACES, PLACES.flip(1), 8),
        half="single",
        refused={"no multiple of 4": (PLACES, PLACES, 6)},
        large=(*[torch.empty(4096, device="meta")] * 2, 64),
    ),
    Case(
        bernoulli_log_likelihood,
        (LOGITS, PIXELS),
        edges={"sure pixels": (1000 * (2 * PIXELS - 1), PIXELS)},
        refused={"gray pixels": (LOGITS, PIXELS / 2)},
        large=(
            torch.empty(64, 4096, device="meta"),
            torch.empty(64, 4096, device="meta"),
        ),
    ),
    Case(
        squared_distances,
        (ASKED, CLOUD),
        half="single",
        edges={"equal points": (SAME[:, :2], SAME), "wide": (WIDER, WIDE)},
        refused={
            "another space": (ASKED, CLOUD[..., :2]),
            "not a number": (ASKED * torch.nan, CLOUD),
        },
        large=(LARGE[:, :512, 1:], LARGE[..., 1:]),
    ),
    Case(
        gather_points,
        (CLOUD, GROUPS),
        edges={"again and again": (CLOUD, GROUPS * 0)},
        refused={"too large": (CLOUD, GROUPS + 1), "negative": (CLOUD, GROUPS - 1)},
        large=(LARGE, LARGE_GROUPS),
    ),
    Case(
        offsets,
        (CLOUD, ASKED, GROUPS),
        half="single",
        edges={"equal points": (SAME, SAME[:, :4], GROUPS)},
        refused={
            "too large": (CLOUD, ASKED, GROUPS + 1),
            "other queries": (CLOUD, ASKED[:, :3], GROUPS),
        },
        large=(LARGE, LARGE[:, :1024], LARGE_GROUPS),
    ),
    Case(
        nearest_points,
        (CLOUD, ASKED, 5),
        {"mask": REAL},
        smooth=False,
        edges={"ties": (SAME, ASKED, 5), "too few": (CLOUD, ASKED, 9)},
        refused=ELSEWHERE,
    ),
    Case(
        points_within,
        (CLOUD, ASKED, 1.0, 5),
        {"mask": REAL},
        smooth=False,
        edges={"empty balls": (CLOUD, ASKED + 9, 1.0, 9)},
        refused=BALLS,
    ),
    Case(
        first_within,
        (CLOUD, ASKED, 1.0, 5),
        {"mask": REAL},
        smooth=False,
        edges={"empty balls": (CLOUD, ASKED + 9, 1.0, 9)},
        refused=BALLS,
    ),
    Case(
        farthest_points,
        (CLOUD, 5),
        {"start": 2, "mask": REAL},
        smooth=False,
        edges={"ties": (SAME, 5), "too few": (CLOUD, 9)},
        refused={
            "no point": (CLOUD[:, :0], 3),
            "none wanted": (CLOUD, 0),
            "not a number": (CLOUD * torch.nan, 3),
        },
    ),
    Case(
        inverse_distance_weights,
        (SQUARES,),
        {"real": COUNTED, "power": 2.0, "eps": 1e-4},
        learnable=("power", "eps"),
        row=True,
        edges={"on the points": (SQUARES * 0,), "far": (SQUARES * 1e20,)},
        refused={"negative": (SQUARES - 1,), "not a number": (SQUARES * torch.nan,)},
    ),
    Case(
        interpolate_points,
        (WIDE[:, :5], CLOUD[:, :5], ASKED),
        {"mask": REAL[:, :5]},
        edges={"on the points": (WIDE[:, :5], SAME[:, :5], SAME[:, :4])},
        refused={"other points": (WIDE[:, :5], CLOUD[:, :4], ASKED)},
    ),
    Case(
        mix_points,
        (CLOUD, GROUPS, SQUARES[:, :, :2].repeat(1, 2, 1)),
        refused={
            "too large": (CLOUD, GROUPS + 1, GROUPS * 1.0),
            "other weights": (CLOUD, GROUPS, GROUPS[:, :3] * 1.0),
        },
    ),
    # Without a mask, which has a size of its own.
    Case(nearest_points, (CLOUD, ASKED, 5), smooth=False, large=(LARGER, LARGER, 64)),
    Case(
        first_within,
        (CLOUD, ASKED, 1.0, 5),
        smooth=False,
        large=(LARGER, LARGER, 0.1, 64),
    ),
    Case(
        points_within,
        (CLOUD, ASKED, 1.0, 5),
        smooth=False,
        large=(LARGER, LARGER, 0.1, 64),
    ),
    Case(farthest_points, (CLOUD, 5), {"start": 1}, smooth=False, large=(LARGER, 64)),
    Case(inverse_distance_weights, (SQUARES,), large=(LARGE,)),
    Case(
        chamfer_distance,
        (CLOUD, ASKED),
        {"one_mask": REAL, "other_mask": REAL[:, :4]},
        half="single",
        edges={"equal clouds": (CLOUD, CLOUD[:, :4]), "one place": (SAME, SAME[:, :4])},
        refused={
            "no point": (CLOUD[:, :0], ASKED),
            "another space": (CLOUD, ASKED[..., :2]),
        },
    ),
    Case(chamfer_distance, (CLOUD, ASKED), half="single", large=(MANY_CLOUDS,) * 2),
    *(
        Case(
            gaps_to_nearest,
            (ASKED, CLOUD),
            {"squared": squared, "eps": 0.0, "mask": REAL & truth},
            half="single",
            edges={"equal clouds": (CLOUD, CLOUD), "one place": (SAME, SAME)},
            refused={"no point": (ASKED, CLOUD[:, :0])},
        )
        for squared, truth in ((False, True), (True, True), (False, False))
    ),
    Case(
        interpolate_points,
        (WIDE, CLOUD[:, :6], ASKED),
        large=(torch.empty(8, 1024, 64, device="meta"), LARGE[:, :1024], LARGE),
    ),
    Case(
        masked_max,
        (VALUES, ROWS),
        edges={
            "equal": (VALUES * 0 + 1, ROWS),
            "none counts": (VALUES, ROWS & False),
        },
        refused={
            "no point": (VALUES[:, :0], ROWS[:, :0]),
            "another shape": (VALUES, ROWS[:, :3]),
        },
    ),
    Case(
        masked_max,
        (VALUES,),
        large=(torch.empty(8, 512, 32, 16, device="meta"),),
        bound=2,
    ),
    Case(
        masked_mean,
        (VALUES, ROWS),
        edges={
            "none counts": (VALUES, ROWS & False),
            "no point": (VALUES[:, :0], ROWS[:, :0]),
        },
        refused={"one number": (VALUES[0, 0], ROWS[0])},
    ),
    Case(
        safe_root,
        (SQUARES,),
        edges={"zero": (SQUARES * 0,)},
        refused={"below 0": (SQUARES - 5,), "infinite": (SQUARES / 0,)},
        large=(torch.empty(64, 4096, device="meta"),),
    ),
    Case(power_of_two, (SQUARES,), smooth=False, refused={"below 0": (SQUARES - 5,)}),
    Case(near_one, (CLOUD,), edges={"zero": (0 * CLOUD,)}, large=(LARGER,)),
]
EXEMPT = {
    "dlnotes.blocks.distances.in_parts": "calls a function, whose calls are tested",
    "dlnotes.blocks.grouping.check_cloud": "looks at arguments and computes nothing",
    "dlnotes.blocks.grouping.check_truth": "looks at arguments, computes nothing",
    "dlnotes.blocks.grouping.check_index": "looks at arguments and computes nothing",
    "dlnotes.blocks.training.minibatches": "deals out rows of any dtype, at random",
    "dlnotes.blocks.training.train": "changes a model in place, in random order",
    "dlnotes.blocks.supervised": "takes rows, and trains and asks models as they are",
    "dlnotes.blocks.loading": "copies parameters and computes nothing",
    "dlnotes.blocks.inputs": "looks at arguments and computes nothing",
    "dlnotes.blocks.checks": "looks at arguments and computes nothing",
}
