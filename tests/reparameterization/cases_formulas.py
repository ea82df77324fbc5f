"""Canonical calls of samples, densities and closed forms."""

from torch.distributions import Gamma, Normal

from dlnotes.reparameterization.gamma import (
    gamma_cdf,
    gamma_derivative,
    gamma_log_prob,
    gamma_reparameterize,
)
from dlnotes.reparameterization.implicit import implicit_reparameterize
from dlnotes.reparameterization.pathwise import icdf, location_scale
from dlnotes.reparameterization.relaxations import (
    conditional_relaxation,
    logistic_relaxation,
)
from dlnotes.reparameterization.vae import gaussian_kl
from dlnotes.reparameterization.variances import (
    sine_crossing,
    variance_and_error,
    variance_linear,
    variance_sine,
    variance_square,
)
from tests.contract import Case
from tests.reparameterization.inputs import (
    HUGE,
    LOC,
    LOGITS,
    NOISE,
    ROWS,
    SAME,
    SCALE,
    TINY,
    UNIFORM,
    meta,
    numbers,
)

BITS = UNIFORM > 0.5
FAR = (
    numbers(1e-30, 1e-3, 1.0, 30.0, 1e5, 1e12, 1.0001e12),
    numbers(0.5, 1e-6, 1.0, 3.0, 1e5, 1e12, 1e12),
)

CASES = [
    Case(
        gamma_cdf,
        (ROWS.abs(), ROWS.flip(1).abs()),
        edges={"everywhere": FAR},
        refused={"z of 0": (0 * ROWS, ROWS.abs()), "a below 0": (ROWS.abs(), -ROWS)},
        large=(meta(20_000), meta(20_000)),
    ),
    Case(
        gamma_log_prob,
        (ROWS.abs(), ROWS.flip(1).abs()),
        edges={"everywhere": FAR},
        refused={"z of 0": (0 * ROWS, ROWS.abs()), "a below 0": (ROWS.abs(), -ROWS)},
        large=(meta(20_000), meta(20_000)),
    ),
    Case(
        gamma_derivative,
        (ROWS.abs(), ROWS.flip(1).abs()),
        smooth=False,
        edges={"everywhere": FAR},
        refused={"z of 0": (0 * ROWS, ROWS.abs()), "a below 0": (ROWS.abs(), -ROWS)},
        large=(meta(20_000), meta(20_000)),
    ),
    Case(
        gamma_reparameterize,
        (ROWS.abs(), ROWS.flip(1).abs()),
        smooth=False,  # in the samples, that is
        edges={"everywhere": FAR},
        refused={
            "z of 0": (0 * ROWS, ROWS.abs()),
            "more shapes than samples": (SAME, SAME.expand(2, 3)),
        },
        large=(meta(20_000), meta(20_000)),
    ),
    Case(
        implicit_reparameterize,
        (LOC, UNIFORM[0], -SCALE),
        smooth=False,  # in the samples, that is
        refused={
            "other shapes": (LOC, UNIFORM, -SCALE),
            "no density": (LOC, UNIFORM[0], -800 * SCALE.clamp(min=1)),
        },
    ),
    Case(
        location_scale,
        (NOISE, LOC.expand(2, 3), SCALE.expand(2, 3)),
        edges={
            "tiny scale": (NOISE, LOC, 1e-30 * SCALE),
            "huge scale": (NOISE, HUGE, 1e30 * SCALE),
        },
        refused={
            "a scale of 0": (NOISE, LOC, 0 * SCALE),
            "one draw for three": (NOISE[:, :1], LOC, SCALE),
        },
        large=(meta(1000, 100), meta(1000, 100), meta(1000, 100)),
    ),
    Case(
        icdf,
        (UNIFORM, Normal(0.5, 2.0, validate_args=False)),
        edges={"near the ends": (numbers(1e-9, 0.5, 1 - 2**-24), Normal(0.0, 1.0))},
        refused={
            "an end": (numbers(1.0), Normal(0.0, 1.0)),
            "no inverse": (numbers(0.5), Gamma(1.0, 1.0)),
            "infinite": (numbers(1e-30), Normal(0.0, 1.0)),
        },
    ),
    Case(
        logistic_relaxation,
        (LOGITS.expand(2, 3),),
        {"noise": UNIFORM},
        edges={"sure bits": (numbers(-1e6, 0.0, 1e6),)},
        refused={"other bits": (LOGITS[:2],)},
    ),
    Case(
        conditional_relaxation,
        (LOGITS.expand(2, 3), BITS),
        {"noise": UNIFORM},
        edges={"sure bits": (numbers(-1e6, 0.0, 1e6), BITS)},
        refused={
            "half a bit": (LOGITS, UNIFORM),
            "other noise": (LOGITS, BITS[:1]),
        },
    ),
    Case(
        gaussian_kl,
        (NOISE, SCALE.expand(2, 3)),
        edges={
            "the prior": (0 * NOISE, 1 + 0 * NOISE),
            "a scale of 1e-30": (NOISE, 1e-30 + 0 * NOISE),
            "huge": (HUGE, HUGE.abs()),
        },
        refused={
            "a scale of 0": (NOISE, 0 * NOISE),
            "one scale": (NOISE, SCALE[:1]),
            "no dimension": (LOC[0], SCALE[0]),
        },
        large=(meta(1000, 100), meta(1000, 100)),
    ),
    Case(
        variance_linear,
        (LOC, SCALE),
        {"slope": -1.5, "intercept": 0.5},
        edges={"far": (HUGE, 1e-3 * SCALE), "tiny": (TINY, 1e-12 * SCALE)},
        refused={"a scale of 0": (LOC, 0 * SCALE), "shapes": (LOC, SCALE[:2])},
    ),
    Case(
        variance_square,
        (LOC, SCALE),
        edges={"far": (HUGE, 1e15 * SCALE), "tiny": (TINY, 1e-12 * SCALE)},
        refused={"a scale of 0": (LOC, 0 * SCALE), "shapes": (LOC, SCALE[:2])},
    ),
    Case(
        variance_sine,
        (LOC, SCALE),
        {"frequency": 2.0},
        edges={"far": (HUGE, 1e15 * SCALE), "tiny": (TINY, 1e-12 * SCALE)},
        refused={"a scale of 0": (LOC, 0 * SCALE), "shapes": (LOC, SCALE[:2])},
        large=(meta(20_000), meta(20_000)),
    ),
    Case(
        sine_crossing,
        (UNIFORM,),
        edges={"ends": (numbers(-1.0, 0.0, 1.0),)},
        refused={"no cosine": (numbers(1.5),)},
        large=(meta(20_000),),
    ),
    Case(
        variance_and_error,
        (ROWS,),
        batched=False,
        edges={
            "equal draws": (SAME,),
            "two draws": (ROWS[:2],),
            "huge": (HUGE,),
            "tiny": (TINY,),
        },
        refused={"one draw": (ROWS[:1],), "no dimension": (LOC[0],)},
        large=(meta(1000, 100),),
    ),
]
