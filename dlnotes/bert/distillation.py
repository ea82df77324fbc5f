"""A small model that learns from a large one, after DistilBERT."""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.bert.model import Bert
from dlnotes.blocks.checks import (
    Parameter,
    check_count,
    check_floating,
    check_module,
    check_positive,
    per_row,
)
from dlnotes.blocks.magnitude import near_one
from dlnotes.blocks.precision import half_to_single

# Weights of the three losses in the authors' command; the temperature is the default of
# their program. The paper gives none. The program takes these six of twelve layers.
WEIGHTS = {"teacher": 5.0, "words": 2.0, "cosine": 1.0}
TEMPERATURE = 2.0
LAYERS = (0, 2, 4, 7, 9, 11)


def student_of(teacher: Bert, *, layers: Sequence[int] | None = None) -> Bert:
    """Copy an encoder with some of its layers and without segments.

    Args:
        teacher: The encoder, which stays as it is.
        layers: Numbers of the layers that the copy gets; by default every second one,
            from the first.

    Returns:
        The copy, which shares nothing with `teacher`.
    """
    check_module("teacher", teacher)
    depth = len(teacher.layers())
    chosen = range(0, depth, 2) if layers is None else layers
    for number in chosen:
        check_count("layers", number, least=0, most=depth - 1)
    student = deepcopy(teacher)
    kept = student.layers()
    student.encoder.layers = nn.ModuleList(deepcopy(kept[number]) for number in chosen)
    student.embedding.segments = None
    return student


@half_to_single
def teacher_loss(
    logits: Tensor, teacher: Tensor, *, temperature: Parameter = TEMPERATURE
) -> tuple[Tensor, Tensor]:
    """Add up how far a model is from its teacher's probabilities, Eq. (teacher-loss).

    Args:
        logits: Of the model, `(..., K)`.
        teacher: Logits of the teacher, of that shape; minus infinity where it rules a
            class out, which then counts 0.
        temperature: Divides the logits of both, a number or `(..., 1)`.

    Returns:
        The sum over the rows, and their count.
    """
    _check_pair("logits", logits, "teacher", teacher)
    check_positive("temperature", temperature, like=logits, row=True)
    ruled_out = teacher == -torch.inf
    wanted = teacher.masked_fill(ruled_out, 0) / temperature
    wanted = wanted.masked_fill(ruled_out, -torch.inf).log_softmax(-1)
    found = (logits / temperature).log_softmax(-1)
    gaps = (wanted - found).masked_fill(ruled_out, 0)
    gaps = (wanted.exp() * gaps).sum(-1)
    total = (per_row(temperature) ** 2 * gaps).sum()
    return total, total.new_tensor(logits[..., 0].numel())


@half_to_single
def cosine_loss(states: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
    """Add up the angles between vectors and those of the teacher, Eq. (cosine-loss).

    Args:
        states: Vectors of the model, `(..., D)`.
        teacher: Vectors of the teacher, of that shape.

    Returns:
        The sum over the vectors of 1 minus the cosine, and their count. The cosine of a
        vector of length 0 is 0.
    """
    _check_pair("states", states, "teacher", teacher)
    total = (1 - F.cosine_similarity(near_one(states), near_one(teacher), dim=-1)).sum()
    return total, total.new_tensor(states[..., 0].numel())


def _check_pair(name: str, ours: Tensor, other: str, theirs: Tensor) -> None:
    check_floating(name, ours)
    check_floating(other, theirs)
    if not ours.ndim or not ours.shape[-1] or ours.shape != theirs.shape:
        shapes = tuple(ours.shape), tuple(theirs.shape)
        raise ValueError(f"{name} and {other} must have one shape, got {shapes}")
