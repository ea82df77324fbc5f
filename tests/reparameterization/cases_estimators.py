"""Canonical calls of the estimators, and of what lowers their variance."""

import torch
from torch.distributions import Normal

from dlnotes.reparameterization.baselines import (
    leave_one_out_baseline,
    optimal_baseline,
)
from dlnotes.reparameterization.control_variates import (
    lax_gradient,
    rebar_gradient,
    relax_gradient,
    second_moment,
)
from dlnotes.reparameterization.pathwise import location_scale, pathwise_gradient
from dlnotes.reparameterization.score_function import (
    score,
    score_function_gradient,
    surrogate,
)
from dlnotes.reparameterization.vae import (
    GaussianVAE,
    gaussian_elbo,
    score_function_elbo,
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

PIXELS = numbers(1, 0, 1, 0, 0, 1).reshape(2, 3)


def f(z):
    return (0.5 * z).sin().sum(-1) + z[..., 0] * z[..., -1]


def control(z):
    return z.tanh().sum(-1)


def normal(loc, scale):
    """Checks of values are those of torch.distributions, and switched off there."""
    return Normal(loc, scale, validate_args=False)


class Mirror(GaussianVAE):
    """An autoencoder without weights, which computes in the dtype of its input."""

    def __init__(self):
        torch.nn.Module.__init__(self)

    def encode(self, x):
        """Four numbers of an image."""
        return x[..., :2] - 0.5, 0.25 + x[..., 1:]

    def decode(self, z):
        """Three logits."""
        return torch.cat([z, z.sum(-1, keepdim=True)], dim=-1)


LATENT = numbers(0.5, -1.0, 0.25, 2.0, -0.5, 1.0, 1.5, 0.75).reshape(2, 2, 2)
ESTIMATOR = {  # its gradients come back detached
    "batched": False,
    "smooth": False,
    "without": {"export": "takes tensors inside of torch.func.grad for constants"},
}
PATH = (f, location_scale, (LOC, SCALE))
FAMILY = (normal, (LOC, SCALE), LOC + SCALE * NOISE)
RELAXED = {"noise": (UNIFORM, UNIFORM.flip(0))}

CASES = [
    Case(
        optimal_baseline,
        (ROWS[:, 0], ROWS),
        batched=False,
        edges={
            "equal values": (SAME, ROWS),
            "huge scores": (SAME, HUGE),
            "tiny scores": (SAME, TINY * 1e-20),
        },
        refused={
            "no samples": (SAME[:0], SAME[:0]),
            "scores of 0": (SAME, 0 * SAME),
            "other samples": (SAME, ROWS[:2]),
        },
        large=(meta(1000), meta(1000, 100)),
    ),
    Case(
        leave_one_out_baseline,
        (ROWS,),
        {"dim": 1},
        edges={"two equal": (ROWS[:, :1].expand(3, 2),)},
        refused={"one sample": (ROWS[:, :1],), "no dimension": (ROWS[0, 0],)},
        large=(meta(1000, 100),),
    ),
    Case(
        relax_gradient,
        (f, control, LOGITS),
        RELAXED,
        **ESTIMATOR,
        edges={"sure bits": (f, control, numbers(0.0, -80.0, 80.0))},
        refused={"a step": (f, lambda z: (z > 0).double().sum(-1), LOGITS)},
    ),
    Case(
        rebar_gradient,
        (f, LOGITS),
        {"temperature": 0.5, "eta": 1.5, **RELAXED},
        **ESTIMATOR,
        learnable=("temperature",),
        edges={"sure bits": (f, numbers(0.0, -80.0, 80.0))},
    ),
    Case(
        lax_gradient,
        (f, control, LOC, SCALE),
        {"noise": NOISE},
        **ESTIMATOR,
        edges={"tiny scale": (f, control, LOC, 1e-12 * SCALE)},
        refused={"a negative scale": (f, control, LOC, -SCALE)},
    ),
    Case(
        second_moment,
        (ROWS,),
        batched=False,
        edges={"zeros": (0 * ROWS,)},
        refused={"nothing": (ROWS[:0],)},
    ),
    Case(
        pathwise_gradient,
        PATH,
        {"noise": NOISE},
        **ESTIMATOR,
        edges={"tiny scale": (f, location_scale, (LOC, 1e-12 * SCALE))},
        refused={
            "a step": (lambda z: (z > 0).double().sum(-1), *PATH[1:]),
            "a column": (lambda z: z.sum(-1, keepdim=True), *PATH[1:]),
            "no number": (lambda z: z.sum(-1) / 0, *PATH[1:]),
            "no parameter": (f, location_scale, ()),
        },
    ),
    Case(
        score,
        FAMILY,
        **ESTIMATOR,
        edges={"at the mean": (normal, (LOC, SCALE), LOC)},
        refused={"other samples": (normal, (LOC, SCALE), LOC[:2])},
        large=(normal, (meta(100), meta(100)), meta(1000, 100)),
    ),
    Case(
        score_function_gradient,
        (f, *FAMILY),
        {"baseline": (LOC, SCALE)},
        **ESTIMATOR,
        edges={"at the mean": (f, normal, (LOC, SCALE), LOC)},
        refused={"no number": (lambda z: z.sum(-1) / 0, *FAMILY)},
    ),
    Case(
        surrogate,
        (LOC, -SCALE),
        {"baseline": LOC.flip(0)},
        smooth=False,  # in the values, that is
        refused={"other shapes": (LOC, -ROWS)},
    ),
    Case(
        gaussian_elbo,
        (Mirror(), PIXELS),
        {"noise": LATENT},
        batched=False,
        smooth=False,  # pixels are 0 or 1
        refused={"gray pixels": (Mirror(), PIXELS / 2)},
    ),
    Case(
        score_function_elbo,
        (Mirror(), PIXELS),
        {"noise": LATENT},
        batched=False,
        smooth=False,  # pixels are 0 or 1
        refused={"gray pixels": (Mirror(), PIXELS / 2)},
    ),
]
