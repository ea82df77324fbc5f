"""Canonical calls: relaxed samples, their density, coin tosses, the autoencoder."""

import torch

from dlnotes.gumbel_softmax import vae
from dlnotes.gumbel_softmax.binary import (
    binary_gradient_variance,
    relaxed_bernoulli,
    sample_logistic,
    straight_through_limit,
)
from dlnotes.gumbel_softmax.curvature import log_prob_curvature
from dlnotes.gumbel_softmax.density import log_ratio_log_prob, relaxed_log_prob
from dlnotes.gumbel_softmax.relaxation import (
    gumbel_softmax,
    log_gumbel_softmax,
    straight_through,
)
from tests.contract import Case
from tests.gumbel_softmax.arguments import (
    ACROSS,
    BAD,
    CODES,
    DRAWS,
    FUNCTION,
    HUGE,
    INF,
    INSIDE,
    LOGIT_EDGES,
    LOGITS,
    MASKED,
    MODEL,
    NOISE,
    ONE,
    PIXELS,
    POSTERIOR,
    TIED,
    TINY,
    double,
    meta,
    seeded,
)

CASES = [
    *[
        Case(
            relax,
            (LOGITS, 0.7),
            {"noise": NOISE},
            masks=True,
            learnable=("1",),
            row=True,
            edges={
                **{name: (a, 0.7) for name, a in LOGIT_EDGES.items() if name != skip},
                "cold": (LOGITS, 1e-30),
                "hot": (LOGITS, 1e30),
                "a cold tensor": (LOGITS, double([[1e-15], [1e-3]])),
            },
            refused={
                **{name: (a, 0.7) for name, a in BAD.items()},
                "no temperature": (LOGITS, 0.0),
                "an infinite temperature": (LOGITS, INF),
                "a temperature of NaN": (LOGITS, float("nan")),
                "one for each category": (LOGITS, torch.ones(2, 3).double()),
                "one for another batch": (LOGITS, torch.ones(3, 1).double()),
            },
            large=(meta(64, 4096), 0.7),
        )
        # The log of an impossible category is -inf, no finite result.
        for relax, skip in ((gumbel_softmax, ""), (log_gumbel_softmax, "masks"))
    ],
    Case(
        straight_through,
        (INSIDE,),
        edges={"ties": (torch.full((2, 4), 0.25).double(),), "one": (ONE,)},
        refused={
            "a NaN": (double([float("nan"), 1.0]),),
            "infinity": (double([INF, 1.0]),),
            "no category": (torch.empty(2, 0),),
            "no axis": (double(1.0),),
        },
        large=(meta(64, 4096),),
    ),
    *[
        Case(
            log_prob,
            (points, LOGITS, 0.7),
            learnable=("2",),
            row=True,
            edges={
                "ties": (points, TIED, 0.7),
                "huge": (points, HUGE, 0.7),
                "tiny": (points, TINY, 0.7),
                "one category": (one, ONE, 0.7),
                "cold": (points, LOGITS, 1e-30),
                "hot": (points, LOGITS, 1e30),
            },
            refused={
                **{name: (points, bad, 0.7) for name, bad in BAD.items()},
                "masks": (points, MASKED, 0.7),
                "no temperature": (points, LOGITS, 0.0),
                "outside": (outside, LOGITS, 0.7),
                "a corner": (corner, LOGITS, 0.7),
                "other categories": (points, LOGITS[:, :2], 0.7),
                "another batch": (points, LOGITS[[0, 1, 0]], 0.7),
                "one temperature for each category": (points, LOGITS, torch.ones(2, 3)),
            },
            large=(meta(64, 4096), meta(64, 4096), 0.7),
        )
        for log_prob, points, one, outside, corner in (
            (
                relaxed_log_prob,
                INSIDE,
                torch.ones(2, 1).double(),
                INSIDE * 1.02,
                double([[1.0, 0.0, 0.0]] * 2),
            ),
            (
                log_ratio_log_prob,
                INSIDE.log(),
                torch.zeros(2, 1).double(),
                INSIDE.log() + 0.02,
                double([[0.0, -INF, -INF]] * 2),
            ),
            (
                vae.relaxed_kl_estimate,
                INSIDE.log(),
                torch.zeros(2, 1).double(),
                INSIDE.log() + 0.02,
                double([[0.0, -INF, -INF]] * 2),
            ),
        )
    ],
    Case(
        log_prob_curvature,
        (INSIDE, LOGITS, 0.7, ACROSS),
        learnable=("2",),
        row=True,
        edges={
            "ties": (INSIDE, TIED, 0.7, ACROSS),
            "huge": (INSIDE, HUGE, 0.7, ACROSS),
            "one category": (torch.ones(2, 1).double(), ONE, 0.7, 0 * ONE),
            "nowhere": (INSIDE, LOGITS, 0.7, 0 * ACROSS),
            "cold": (INSIDE, LOGITS, 1e-30, ACROSS),
        },
        refused={
            **{name: (INSIDE, bad, 0.7, ACROSS) for name, bad in BAD.items()},
            "masks": (INSIDE, MASKED, 0.7, ACROSS),
            "outside": (INSIDE * 1.02, LOGITS, 0.7, ACROSS),
            "a corner": (double([[1.0, 0.0, 0.0]] * 2), LOGITS, 0.7, ACROSS),
            "an infinite direction": (INSIDE, LOGITS, 0.7, ACROSS * INF),
            "other directions": (INSIDE, LOGITS, 0.7, ACROSS[:, :2]),
            "other points": (INSIDE[:, :2], LOGITS, 0.7, ACROSS),
        },
        large=(meta(64, 4096), meta(64, 4096), 0.7, meta(64, 4096)),
    ),
    Case(
        seeded(sample_logistic),
        (LOGITS,),
        half="single",
        smooth=False,
        without=DRAWS,
    ),
    Case(
        relaxed_bernoulli,
        (LOGITS, 0.7),
        {"noise": NOISE},
        learnable=("1",),
        edges={
            "certain": (double([[INF, -INF, 0.0]] * 2), 0.7),
            "huge": (HUGE, 0.7),
            "cold": (LOGITS, 1e-30),
            "hot": (LOGITS, 1e30),
            "a cold tensor": (LOGITS, double([[1e-15], [1e-3]])),
            "certain, with a tensor": (
                double([[INF, -INF, 0.0]] * 2),
                double([[0.7], [0.2]]),
            ),
        },
        refused={
            "a NaN": (double([[float("nan")] * 3] * 2), 0.7),
            "no temperature": (LOGITS, 0.0),
            "noise of another shape": (LOGITS[:, :2], 0.7),
            "temperatures of another shape": (LOGITS, torch.ones(2, 2).double()),
        },
        large=(meta(64, 4096), 0.7),
    ),
    Case(
        binary_gradient_variance,
        (LOGITS, 0.1),
        learnable=("1",),
        edges={
            "certain": (double([INF, -INF, 0.0]), 0.1),
            "cold": (LOGITS, 1e-30),
            "hot": (LOGITS, 1e30),
        },
        refused={
            "a NaN": (double([float("nan")]), 0.1),
            "no temperature": (LOGITS, 0.0),
        },
        large=(meta(64, 4096), 0.7),
    ),
    Case(
        straight_through_limit,
        (torch.sin, LOGITS),
        edges={
            "certain": (torch.sin, double([INF, -INF, 0.0])),
            "a constant": (torch.ones_like, LOGITS),
        },
        refused={"a NaN": (torch.sin, double([float("nan")]))},
        without=FUNCTION,
    ),
    Case(
        vae.categorical_kl,
        (LOGITS,),
        masks=True,
        edges={name: (a,) for name, a in {**LOGIT_EDGES, "one": ONE}.items()},
        refused={name: (a,) for name, a in BAD.items()},
        large=(meta(64, 4096),),
    ),
    Case(
        seeded(vae.sample_codes),
        (LOGITS, 4),
        batched=False,  # the samples come first
        smooth=False,
        masks=True,
        edges={"ties": (TIED, 4), "huge": (HUGE, 4)},
        refused={**{name: (a, 4) for name, a in BAD.items()}, "none": (LOGITS, 0)},
        without=DRAWS,
    ),
    Case(
        vae.categorical_elbo,
        (MODEL, PIXELS, POSTERIOR, CODES),
        batched=False,  # the samples come first in one argument only
        edges={"sure codes": (MODEL, PIXELS, 1e4 * POSTERIOR, CODES)},
        refused={"gray pixels": (MODEL, PIXELS / 2, POSTERIOR, CODES)},
        without={"export": "takes a model, which is no input of a program"},
    ),
    Case(
        seeded(vae.relaxed_loss),
        (MODEL, PIXELS, 0.7),
        {"samples": 2},
        batched=False,  # a mean over the batch
        refused={
            "no temperature": (MODEL, PIXELS, 0.0),
            "no images": (MODEL, PIXELS[:0], 0.7),
            "gray pixels": (MODEL, PIXELS / 2, 0.7),
        },
        without=DRAWS,
    ),
    Case(
        seeded(vae.leave_one_out_loss),
        (MODEL, PIXELS),
        {"samples": 2},
        batched=False,  # a mean over the batch
        refused={
            "no images": (MODEL, PIXELS[:0]),
            "gray pixels": (MODEL, PIXELS / 2),
        },
        without=DRAWS,
    ),
]
