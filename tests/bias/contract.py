"""Canonical calls of the tensor functions of dlnotes.bias."""

import torch

from dlnotes.bias import (
    attention,
    decay,
    estimators,
    folding,
    gradients,
    homogeneity,
    normalization,
    perceptron,
    prior,
)
from tests.contract import Case


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


def meta(*shape):
    return torch.empty(shape, device="meta")


X = numbers([0.5, -1.1, 2.1, 0.3], [1.5, 3.1, -2.3, 1.1], [-0.6, 0.7, 1.1, -2.9])
SIGNS = torch.tensor([1, -1, 1])
NORMAL = numbers(-0.3, -1.1, 0.2, -0.6)  # separates the rows of X
HUGE, TINY = 1e30, 1e-30
LOOP = "the number of mistakes depends on the values"
PROGRAM = {"export": "an exported program takes no function as input"}


def rises(x):
    """A smooth function that is homogeneous and no linear map."""
    return torch.stack([x.norm(dim=-1), (x * x).sum(-1) / (x - 1).norm(dim=-1)], -1)


def fits(x, y=(1.0, -2.0, 0.5, 3.0, 1.0), penalties=(0.0, 1.0)):
    return numbers(*x), numbers(*y), numbers(*penalties)


LINE = ([1.0, 0.5], [1.0, -1.0], [1.0, 2.0], [1.0, 0.0], [1.0, -1.5])

CASES = [
    Case(
        perceptron.fires,
        (X, NORMAL),
        {"bias": 0.5},
        smooth=False,
        batched=False,
        edges={"on the line": (0 * X, NORMAL), "huge": (HUGE * X, NORMAL)},
        refused={"width": (X, NORMAL[:3]), "a matrix": (X[:, :3],) * 2},
        large=(meta(512, 64), meta(64)),
    ),
    Case(
        perceptron.append_one,
        (X,),
        refused={"no axis": (X[0, 0],)},
        large=(meta(8, 8),),
    ),
    Case(
        perceptron.train_perceptron,
        (X, SIGNS),
        half="single",
        batched=False,
        smooth=False,
        edges={
            "huge": (HUGE * X, SIGNS),
            "tiny": (TINY * X, SIGNS),
            "repeated": (X[[0, 0, 0]], SIGNS[[0, 0, 0]]),
            "one example": (X[:1], SIGNS[:1]),
        },
        refused={"none": (X[:0], SIGNS[:0]), "a class of 0": (X, 0 * SIGNS)},
        without=dict.fromkeys(("vmap", "compile", "export", "meta"), LOOP),
    ),
    Case(
        perceptron.margin,
        (X, SIGNS, NORMAL),
        batched=False,
        edges={
            "ties": (X[[0, 0]], SIGNS[[0, 0]], NORMAL),
            "on the line": (0 * X, SIGNS, NORMAL),
            "huge": (X, SIGNS, HUGE * NORMAL),
            "tiny": (X, SIGNS, TINY * NORMAL),
        },
        refused={"no direction": (X, SIGNS, 0 * NORMAL), "width": (X, SIGNS, X[0, :3])},
        large=(meta(512, 64), meta(512), meta(64)),
    ),
    Case(
        perceptron.mistake_bound,
        (X, SIGNS, NORMAL),
        half="single",
        batched=False,
        edges={
            "huge": (HUGE * X, SIGNS, HUGE * NORMAL),
            "tiny": (TINY * X, SIGNS, TINY * NORMAL),
        },
        refused={"wrong": (X, -SIGNS, NORMAL), "none": (X[:0], SIGNS[:0], NORMAL)},
        large=(meta(512, 64), meta(512), meta(64)),
    ),
    Case(
        homogeneity.homogeneity_gap,
        (rises, X),
        {"scale": 2.0},
        half="refused",
        batched=False,
        learnable=("scale",),
        row=True,
        refused={"empty": (rises, X[:0])},
        without=PROGRAM,
    ),
    Case(
        homogeneity.linear_map,
        (rises, X[0]),
        half="refused",
        batched=False,
        refused={"a matrix": (rises, X)},
        without=PROGRAM,
    ),
    Case(
        homogeneity.affine_rows,
        (X,),
        edges={"zero": (0 * X,), "one column": (X[:, :1],)},
        refused={"no column": (X[:, :0],)},
        large=(meta(512, 64),),
    ),
    Case(
        homogeneity.sort_pairs,
        (X,),
        edges={"ties": (0 * X,), "huge": (HUGE * X,)},
        refused={"odd": (X[:, :3],), "none": (X[:, :0],)},
        large=(meta(512, 64),),
    ),
    Case(
        normalization.standardize,
        (X, (-1,)),
        edges={
            "equal": (torch.full_like(X, 0.1), (-1,)),
            "equal and huge": (torch.full_like(X, HUGE), (-1,)),
            "one entry": (X[:, :1], (1,)),
            "huge": (HUGE * X, (0, 1)),
            "tiny": (TINY * X, (0, 1)),
        },
        refused={
            "no axis": (X, ()),
            "twice": (X, (1, -1)),
            "unknown axis": (X, (2,)),
            "empty": (X[:0], (0,)),
        },
        large=(meta(512, 64), (0, 1)),
    ),
    Case(
        normalization.inert_part,
        (X[0], 2),
        batched=False,
        edges={"one channel": (X[0, :1], 1), "huge": (HUGE * X[0], 2)},
        refused={"groups": (X[0], 3), "no channel": (X[0, :0], 1)},
        large=(meta(4096), 64),
    ),
    Case(
        folding.fold_pair,
        (X, X[:, 0], X[:, 1], X[:, 2]),
        edges={"scale of zero": (X, X[:, 0], 0 * X[:, 1], X[:, 2])},
        refused={"length": (X, X[0], X[0], X[0])},
        large=(meta(64, 64, 3, 3), meta(64), meta(64), meta(64)),
    ),
    Case(
        attention.score_terms,
        (X, X + 1, X[0], X[1]),
        batched=False,
        edges={"one key": (X, X[:1], X[0], X[1])},
        refused={"vectors": (X[0], X, X[0], X[1]), "matrix": (X, X, X, X[0])},
        large=(meta(64, 64), meta(64, 64), meta(64), meta(64)),
    ),
    Case(
        attention.rotate,
        (X, torch.tensor([0, 7, 4097])),
        {"base": 100.0},
        batched=False,
        learnable=("base",),
        row=True,
        edges={"far": (X, torch.tensor([10**6, 10**9, -3])), "huge": (HUGE * X, SIGNS)},
        refused={"odd": (X[:, :3], SIGNS), "count": (X, SIGNS[:2])},
        large=(meta(8, 64, 32), torch.arange(64, device="meta")),
    ),
    Case(
        gradients.bias_gradient,
        (X,),
        batched=False,
        edges={"no example": (X[:0],), "one example": (X[0],)},
        refused={"a number": (X[0, 0],)},
        large=(meta(512, 64),),
    ),
    Case(
        gradients.hidden_gradients,
        (X, X[:, :2], X[:2, :2], X[:, 1:3]),
        batched=False,
        edges={"no example": (X[:0], X[:0, :2], X[:2, :2], X[:0, 1:3])},
        refused={"units": (X, X, X[:2, :2], X), "batch": (X, X, X, X[:2])},
        large=(meta(64, 64), meta(64, 64), meta(64, 64), meta(64, 64)),
    ),
    Case(
        prior.prior_bias,
        (X.abs().amin(1) / 2,),
        edges={
            "near 0": (numbers(1e-30, 1e-38),),
            "near 1": (numbers(1 - 2**-24, 1 / 2),),
        },
        refused={"never": (numbers(0.5, 0.0),), "always": (numbers(1.0),)},
        large=(meta(4096),),
    ),
    Case(
        prior.log_prior,
        (numbers(50.0, 30.0, 20.0),),
        half="refused",
        batched=False,
        edges={
            "one class": (numbers(3.0),),
            "huge": (numbers(1e30, 1e38, 3e38),),
            "tiny": (numbers(1e-30, 1e-38),),
            "apart": (numbers(1e-30, 1e30),),
        },
        refused={"no example": (numbers(3.0, 0.0),), "no class": (numbers(),)},
        large=(meta(4096),),
    ),
    Case(
        prior.prior_entropy,
        (numbers(0.5, 0.25, 0.25),),
        half="refused",
        batched=False,
        edges={
            "a class of 0": (numbers(0.5, 0.0, 0.5),),
            "uniform": (torch.full((1000,), 1e-3, dtype=torch.float64),),
        },
        refused={
            "too little": (numbers(0.5, 0.49),),
            "a matrix": (numbers([1.0]),),
            "negative": (numbers(1.5, -0.5),),
        },
        large=(meta(4096),),
    ),
    Case(
        prior.shift_prior,
        (X[0, :3], numbers(0.5, 0.25, 0.25), numbers(0.125, 0.125, 0.75)),
        half="refused",
        batched=False,
        edges={"one class": (X[0, :1], numbers(1.0), numbers(1.0))},
        refused={"a class of 0": (X[0, :2], numbers(0.5, 0.5), numbers(1.0, 0.0))},
        large=(meta(4096), meta(4096), meta(4096)),
    ),
    Case(
        decay.ridge,
        fits(LINE),
        batched=False,
        edges={
            "huge": fits([[HUGE * v for v in row] for row in LINE]),
            "tiny": fits([[1e-9 * v for v in row] for row in LINE], penalties=(0, 0)),
            "zero variance": fits([(1.0, 1.0)] * 5),
            "no feature": fits([(1.0, 0.0)] * 5),
            "one example": fits([(1.0, 2.0)], [3.0], [1.0, 1.0]),
        },
        refused={
            "negative": fits(LINE, penalties=(0.0, -1.0)),
            "dependent": fits([(1.0, 3.0)] * 5, penalties=(0.0, 0.0)),
            "zero": fits([(1.0, 0.0)] * 5, penalties=(1.0, 0.0)),
            "examples": fits(LINE[:4]),
            "a vector": fits(LINE[0]),
        },
        large=(meta(512, 64), meta(512), meta(64)),
    ),
    Case(
        estimators.estimator_bias,
        (X[0], 0.5),
        batched=False,
        edges={
            "equal": (0 * X[0], 0.5),
            "huge": (HUGE * X[0], 0.5),
            "tiny": (TINY * X[0], 0.0),
        },
        refused={"one": (X[0, :1], 0.5)},
        large=(meta(4096), 0.5),
    ),
    Case(
        estimators.decompose_error,
        (X[0], 0.5),
        batched=False,
        edges={"equal": (0 * X[0], 0.5), "one": (X[0, :1], 0.5)},
        refused={"none": (X[0, :0], 0.5)},
        large=(meta(4096), 0.5),
    ),
]
MODEL = "takes a model, whose precision decides; the note tests it by itself"
EXEMPT = {
    "dlnotes.bias.inertness": MODEL,
    "dlnotes.bias.normalization.running_mean_gap": MODEL,
    "dlnotes.bias.checks": "looks at arguments and computes nothing",
}
