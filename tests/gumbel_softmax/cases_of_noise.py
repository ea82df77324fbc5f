"""Canonical calls: summing, noise, its maximum, its k largest."""

import torch

from dlnotes.gumbel_softmax.enumeration import exact_expectation
from dlnotes.gumbel_softmax.gumbel import (
    given_or_drawn,
    gumbel_cdf,
    gumbel_icdf,
    gumbel_log_prob,
    sample_gumbel,
)
from dlnotes.gumbel_softmax.maximum import (
    expected_max,
    gumbel_max,
    max_argmax_cdf,
    noise_given_argmax,
)
from dlnotes.gumbel_softmax.top_k import gumbel_top_k, plackett_luce_log_prob
from tests.contract import Case
from tests.gumbel_softmax.arguments import (
    BAD,
    DRAWS,
    FUNCTION,
    HUGE,
    INF,
    INSIDE,
    LOGIT_EDGES,
    LOGITS,
    MASKED,
    NOISE,
    ONE,
    TIED,
    TINY,
    double,
    first_times_second,
    meta,
    seeded,
)

CASES = [
    Case(
        exact_expectation,
        (first_times_second, torch.stack([LOGITS, NOISE, TIED[:, [0, 2, 1]]])),
        edges={
            "ties": (first_times_second, TIED),
            "huge": (first_times_second, HUGE),
            "masks": (first_times_second, MASKED),
        },
        refused={
            **{name: (first_times_second, bad) for name, bad in BAD.items()},
            "no variables": (first_times_second, LOGITS[0]),
            "too many terms": (first_times_second, torch.zeros(30, 2)),
        },
        large=(lambda codes: codes[:, 0, 0] + codes[:, 1, 1], meta(512, 2, 64)),
        bound=32,  # 64 ** 2 terms for 2 * 64 logits
        without=FUNCTION,
    ),
    Case(
        seeded(sample_gumbel),
        (LOGITS,),
        half="single",
        smooth=False,
        without=DRAWS,
    ),
    Case(
        gumbel_cdf,
        (LOGITS,),
        edges={"far out": (double([-300.0, -10.0, -5.0, 0.0, 300.0]),)},
        refused={"a NaN": (double([float("nan")]),), "infinity": (double([INF]),)},
        large=(meta(64, 4096),),
    ),
    Case(
        gumbel_log_prob,
        (LOGITS,),
        edges={"far out": (double([-80.0, 0.0, 300.0]),)},
        refused={"a NaN": (double([float("nan")]),), "infinity": (double([-INF]),)},
        large=(meta(64, 4096),),
    ),
    Case(
        gumbel_icdf,
        (INSIDE,),
        edges={"near the ends": (double([1e-30, 1 - 2**-20]),)},
        refused={
            "0": (double([0.5, 0.0]),),
            "1": (double([0.5, 1.0]),),
            "a NaN": (double([float("nan")]),),
        },
        large=(meta(64, 4096),),
    ),
    Case(
        given_or_drawn,
        (LOGITS,),
        {"noise": NOISE, "generator": None},
        half="single",
        smooth=False,
    ),
    Case(
        gumbel_max,
        (LOGITS,),
        {"noise": NOISE},
        half="single",
        smooth=False,
        masks=True,
        edges={name: (a,) for name, a in LOGIT_EDGES.items()},
        refused={name: (a,) for name, a in BAD.items()},
        large=(meta(64, 4096),),
    ),
    Case(
        max_argmax_cdf,
        (double([0.5, 2.0]), LOGITS),
        edges={
            "bounds far out": (double([-1e4, 1e4]), LOGITS),
            **{name: (double([0.5, 2.0]), a) for name, a in LOGIT_EDGES.items()},
        },
        refused={
            **{name: (double(0.0), bad) for name, bad in BAD.items()},
            "another batch": (torch.zeros(3), LOGITS),
            "an infinite bound": (double([0.5, INF]), LOGITS),
        },
        large=(meta(64), meta(64, 4096)),
    ),
    Case(
        expected_max,
        (LOGITS,),
        masks=True,
        edges={name: (a,) for name, a in {**LOGIT_EDGES, "one": ONE}.items()},
        refused={name: (a,) for name, a in BAD.items()},
        large=(meta(64, 4096),),
    ),
    Case(
        noise_given_argmax,
        (LOGITS, torch.tensor([1, 2])),
        {"noise": NOISE},
        half="single",
        smooth=False,
        edges={
            "ties": (TIED, torch.tensor([1, 2])),
            "tiny": (TINY, torch.tensor([1, 2])),
            "masks": (MASKED, torch.tensor([0, 1])),
            "an unlikely winner": (HUGE, torch.tensor([2, 2])),
        },
        refused={
            **{name: (a, torch.tensor([1, 2])) for name, a in BAD.items()},
            "no such category": (LOGITS, torch.tensor([1, 3])),
            "an impossible winner": (MASKED, torch.tensor([1, 1])),
            "another batch": (LOGITS, torch.tensor([0, 1, 2])),
        },
        large=(meta(64, 4096), torch.empty(64, dtype=torch.int64, device="meta")),
    ),
    Case(
        gumbel_top_k,
        (LOGITS, 2),
        {"noise": NOISE},
        half="single",
        smooth=False,
        masks=True,
        edges={
            **{name: (a, 2) for name, a in (("ties", TIED), ("huge", HUGE))},
            "all of them": (LOGITS, 3),
            "all that are possible": (MASKED, 1),
        },
        refused={
            **{name: (a, 2) for name, a in BAD.items()},
            "too many": (LOGITS, 4),
            "more than are possible": (MASKED, 2),
            "none": (LOGITS, 0),
        },
        large=(meta(64, 4096), 3),
    ),
    Case(
        plackett_luce_log_prob,
        (torch.tensor([[2, 0], [1, 2]]), LOGITS),
        edges={
            "ties": (torch.tensor([2, 0, 1]), TIED),
            "huge": (torch.tensor([0, 1]), HUGE[0]),
            "tiny": (torch.tensor([2, 0, 1]), TINY),
            "masks": (torch.tensor([[2, 0], [2, 0]]), MASKED[[0, 0]]),
            "one": (torch.tensor([0]), ONE),
        },
        refused={
            **{name: (torch.tensor([0]), bad) for name, bad in BAD.items()},
            "a repeated category": (torch.tensor([0, 0]), LOGITS),
            "no such category": (torch.tensor([0, 3]), LOGITS),
            "an empty ranking": (torch.empty(2, 0, dtype=torch.int64), LOGITS),
            "no axis": (torch.tensor(1), LOGITS),
            "another batch": (torch.tensor([[0]] * 3), LOGITS),
        },
        large=(
            torch.empty(64, 3, dtype=torch.int64, device="meta"),
            meta(64, 4096),
        ),
    ),
]
