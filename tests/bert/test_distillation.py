"""Checks of dlnotes.bert.distillation."""

import pytest
import torch
from torch.nn import functional as F

from dlnotes.bert.distillation import (
    LAYERS,
    cosine_loss,
    student_of,
    teacher_loss,
)
from dlnotes.bert.model import Bert
from tests.blocks.test_attention import fill


@pytest.mark.parametrize("temperature", [1.0, 2.0, 7.0])
def test_the_teachers_loss_is_torchs_divergence(rng, temperature):
    """Eq. (teacher-loss), as the authors' program has it."""
    ours, theirs = torch.randn(2, 5, 7, dtype=torch.float64, generator=rng())
    total, count = teacher_loss(ours, theirs, temperature=temperature)
    expected = F.kl_div(
        (ours / temperature).log_softmax(-1),
        (theirs / temperature).softmax(-1),
        reduction="batchmean",
    )
    torch.testing.assert_close(total / count, expected * temperature**2)
    assert count == 5
    assert abs(teacher_loss(ours, ours, temperature=temperature)[0]) < 1e-12


def test_the_square_keeps_gradients_of_one_size(rng):
    """Eq. (teacher-loss): at high temperature the slope tends to a mean difference."""
    ours = torch.randn(1, 6, dtype=torch.float64, generator=rng()).requires_grad_()
    theirs = torch.randn(1, 6, dtype=torch.float64, generator=rng(1))
    (slope,) = torch.autograd.grad(teacher_loss(ours, theirs, temperature=1e4)[0], ours)
    gap = (ours - theirs).detach()
    # By Hinton et al. (2015), up to terms of order 1 / temperature.
    torch.testing.assert_close(slope, (gap - gap.mean()) / 6, rtol=0, atol=1e-3)


def test_directions_are_compared_and_not_lengths(rng):
    """Eq. (cosine-loss)."""
    ours, theirs = torch.randn(2, 5, 7, dtype=torch.float64, generator=rng())
    total, count = cosine_loss(ours, theirs)
    expected = F.cosine_embedding_loss(ours, theirs, torch.ones(5), reduction="mean")
    torch.testing.assert_close(total / count, expected.double())
    torch.testing.assert_close(cosine_loss(3 * ours, theirs)[0], total)
    assert abs(cosine_loss(2 * ours, ours)[0]) < 1e-12


def test_lengths_whose_squares_float32_lacks_do_not_matter(rng):
    """Eq. (cosine-loss): a power of two changes nothing, to the bit."""
    ours, theirs = torch.randn(2, 5, 7, generator=rng())
    expected = cosine_loss(ours, theirs)[0]
    for size in (2.0**-120, 2.0**120):
        assert cosine_loss(size * ours, theirs / size)[0] == expected


def test_what_the_teacher_rules_out_counts_nothing(rng):
    """Eq. (teacher-loss) against the sum over the other classes alone."""
    ours, theirs = torch.randn(2, 5, 7, dtype=torch.float64, generator=rng())
    theirs[:, 2] = -torch.inf
    ours.requires_grad_()
    total, _ = teacher_loss(ours, theirs, temperature=1.0)
    law, kept = theirs.softmax(-1), theirs > -torch.inf
    gaps = law.log() - ours.log_softmax(-1)
    torch.testing.assert_close(total, (law * gaps)[kept].sum())
    (slope,) = torch.autograd.grad(total, ours)
    torch.testing.assert_close(slope, ours.softmax(-1) - law)


@pytest.mark.parametrize("layers", [None, (0, 3, 5)])
def test_a_student_has_layers_of_the_teacher_and_shares_none(rng, layers):
    teacher = Bert(20, dim=12, depth=6, heads=3, positions=10)
    fill(teacher, rng())
    student = student_of(teacher, layers=layers)
    assert student.embedding.segments is None
    assert torch.equal(student.embedding.words, teacher.embedding.words)
    numbers = (0, 2, 4) if layers is None else layers
    for layer, number in zip(student.layers(), numbers, strict=True):
        other = teacher.layers()[number].state_dict()
        assert all(torch.equal(t, other[k]) for k, t in layer.state_dict().items())
    shared = {id(p) for p in teacher.parameters()} & {
        id(p) for p in student.parameters()
    }
    assert not shared
    tokens = torch.randint(20, (2, 5), generator=rng(1))
    assert student(tokens).shape == (2, 5, 12)
    assert max(LAYERS) == 11


def test_what_does_not_fit_is_refused():
    teacher = Bert(20, dim=12, depth=2, heads=3)
    with pytest.raises(ValueError, match="layers must be from 0 to 1, got 2"):
        student_of(teacher, layers=[2])
    for function in (teacher_loss, cosine_loss):
        with pytest.raises(ValueError, match="must have one shape"):
            function(torch.ones(2, 3), torch.ones(2, 4))
    with pytest.raises(ValueError, match="temperature must be positive"):
        teacher_loss(torch.ones(2, 3), torch.ones(2, 3), temperature=0.0)
