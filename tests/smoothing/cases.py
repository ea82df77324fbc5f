"""Arguments and makers of the canonical calls of dlnotes.smoothing."""

import torch

from dlnotes.smoothing.f_score import Counts
from tests.contract import Case


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def meta(*shape):
    return torch.empty(shape, device="meta")


def rows(function, *args, large=None, **changes):
    """A function of rows of values, with every edge that a row can have."""
    at = {
        "ties": [[1.0, 1.0, 0.0], [-2.0, -2.0, -3.0]],
        "equal values": [[0.0] * 3, [5.0] * 3],
        "a sure winner": [[200.0, 0, 0], [0, -9000, 8000]],
        "huge": [[1e4, -1e4, 0], [3e38, -3e38, 0]],
        "tiny": [[1e-37, 0, -1e-37], [2e-38, 1e-38, 0]],
    }
    fields = {
        "edges": {name: (double(v), *args) for name, v in at.items()},
        "refused": {
            "NaN": (double([[torch.nan, 0, 0]]), *args),
            "infinite": (double([[torch.inf, 0, 0]]), *args),
            "no entries": (double([[], []]), *args),
            "no axis": (double(1.0), *args),
            "all masked": (double([[-torch.inf] * 3]), *args),
        },
        "masks": True,
        "large": (large if large is not None else meta(64, 1024), *args),
        "learnable": [str(len(args))],
        "row": True,
    }
    one = changes.pop("one_category", True)
    if one is not None:
        where = "edges" if one else "refused"
        fields[where]["one category"] = (double([[2.0]]), *args)
    fields["edges"] |= changes.pop("edges", {})
    fields["refused"] |= changes.pop("refused", {})
    return Case(function, (VALUES, *args), **{**fields, **changes})


VALUES = double([[0.3, -1.2, 2.0], [1.5, 0.4, 0.9]])
NUMBERS = double([[0.3, -1.2, 0.0], [1.5, -0.4, 0.9]])


def pointwise(function, *args, **changes):
    """A function of every number on its own."""
    at = {
        "zero": [[0.0, -0.0]],
        "huge": [[1e4, -1e4, 3e38, -3e38]],
        "tiny": [[1e-37, -1e-37, 2e-38]],
    }
    narrow = {f"narrow {name}": (double(v), 1e-12) for name, v in at.items()}
    wide = {f"wide {name}": (double(v), 1e12) for name, v in at.items()}
    if not args:
        narrow = wide = {}
    edges = {name: (double(v), *args) for name, v in at.items()} | narrow | wide
    fields = {
        "edges": edges | changes.pop("edges", {}),
        "refused": {
            "NaN": (double([torch.nan]), *args),
            "infinite": (double([torch.inf]), *args),
        },
        "large": (meta(64, 1024), *args),
        "learnable": ["1"] if args else [],
    }
    return Case(function, (NUMBERS, *args), **{**fields, **changes})


NOISE = double([[0.2, 1.1, -0.3], [-0.8, 0.1, 2.0]])
PROBS = double([[[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]], [[0.6, 0.4, 0.0], [0.3, 0.3, 0.4]]])
LABELS = torch.tensor([[1, 0], [0, 2]])
LOGITS = double([[[0.2, 1.5, 0.3], [2.1, 0.1, 0.8]], [[-1, 0.4, 0], [0.3, 0.3, 0.4]]])
HITS = double([0.9, 0.2, 0.4])
TARGETS = double([1.0, 0.0, 1.0])
SCORED = (double([[0.7, 0.2, 0.5], [0.1, 0.9, 0.6]]), double([[1.0, 0, 0], [0, 1, 1]]))
COUNTS = Counts(double([1.3, 0.4]), double([0.7, 0.5]), double([0.2, 1.6]))
NOTHING = Counts(*double([[0.0, 0.0, 2.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]))
NEGATIVE = Counts(double([-1.0]), double([1.0]), double([1.0]))
MANY = Counts(meta(4096), meta(4096), meta(4096))
WORDS = double(
    [[[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]], [[0.3, 0.7], [0.6, 0.4], [0.5, 0.5]]]
)
GRAMS = torch.tensor([[[0, 1], [1, 1]], [[1, 0], [0, 0]]])
REFERENCES = torch.tensor([[[0, 1, 0], [1, 1, -1]], [[1, 0, 1], [0, 1, 1]]])
LENGTHS = torch.tensor([3, 2])
SURE = torch.nn.functional.one_hot(torch.tensor([[0, 1, 0], [1, 0, 0]]), 2).double()
LONG = (meta(8, 256, 50), torch.zeros(8, 2, 256, dtype=torch.int64, device="meta"))


def examples(function, *args, **changes):
    """A function of probabilities and targets."""
    return Case(
        function,
        (HITS, TARGETS, *args),
        batched=False,
        edges={
            "decisions": (double([1.0, 0, 1]), TARGETS, *args),
            "one example": (double([0.5]), double([1.0]), *args),
            "equal": (double([0.5] * 3), TARGETS, *args),
        },
        refused={
            "not a probability": (2 * HITS, TARGETS, *args),
            "no target": (HITS, 2 * TARGETS, *args),
            "another shape": (HITS, TARGETS[1:], *args),
            "no example": (HITS[:0], TARGETS[:0], *args),
        }
        | changes.pop("refused", {}),
        large=(meta(4096), meta(4096), *args),
        **changes,
    )


def counted(function, **changes):
    """A function of counts."""
    return Case(
        function,
        (COUNTS,),
        edges={"nothing": (NOTHING,)},
        refused={"negative": (NEGATIVE,)},
        large=(MANY,),
        **changes,
    )


def labeled(function, scores, *args, **changes):
    """A function of scores of classes and true labels."""
    return Case(
        function,
        (scores, LABELS, *args),
        refused={
            "no such class": (scores, LABELS + 2, *args),
            "no example": (scores[:, :0], LABELS[:, :0], *args),
            "another shape": (scores, LABELS[:1], *args),
        },
        large=(meta(64, 64, 10), torch.zeros(64, 64, device="meta").long(), *args),
        **changes,
    )


SURE_LOGITS = {
    "sure": (1e4 * LOGITS, LABELS),
    "ties": (0 * LOGITS, LABELS),
    "huge": (1e38 * LOGITS, LABELS),
    "one class": (LOGITS[..., :1], 0 * LABELS),
}
