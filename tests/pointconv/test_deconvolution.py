"""Checks of dlnotes.pointconv.deconvolution."""

import pytest
import torch
from torch import nn

from dlnotes.blocks.interpolation import interpolate_points
from dlnotes.pointconv.deconvolution import (
    InterpolationOnly,
    PointDeconv,
    PublishedDeconv,
    carry_up,
)
from dlnotes.pointconv.neighborhood import Step, neighborhood
from tests.blocks.test_attention import fill

KINDS = (PointDeconv, PublishedDeconv, InterpolationOnly)


def scene(rng):
    make = {"dtype": torch.float64}
    few = torch.randn(2, 5, 3, **make, generator=rng())
    many = torch.randn(2, 12, 3, **make, generator=rng(1))
    features = torch.randn(2, 5, 4, **make, generator=rng(2))
    skip = torch.randn(2, 12, 2, **make, generator=rng(3))
    step = Step(neighborhood(few, many, 3), neighborhood(many, many, 4))
    return few, many, features, skip, step


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_features_are_interpolated(power, rng):
    """Eq. (interpolation): as from the points themselves."""
    few, many, features, _, step = scene(rng)
    expected = interpolate_points(features, few, many, power=power)
    found = carry_up(features, step.upward, power=power)
    torch.testing.assert_close(found, expected)
    if power == 2:  # the default of both
        torch.testing.assert_close(carry_up(features, step.upward), expected)


def test_the_paper_joins_before_it_convolves(rng):
    """Eq. (point-deconv): the published program joins after."""
    _, _, features, skip, step = scene(rng)
    carried = carry_up(features, step.upward)
    paper = PointDeconv(4, 2, (6,), 7).double().eval()
    joined = torch.cat([carried, skip], -1)
    expected = paper.convolution(joined, step.beside)
    assert torch.equal(paper(features, skip, step), expected)
    program = PublishedDeconv(4, 2, (6,), 7).double().eval()
    convolved = program.convolution(carried, step.beside)
    expected = program.mix(torch.cat([convolved, skip], -1))
    assert torch.equal(program(features, skip, step), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_point_had_before_reaches_its_neighbors_only_by_convolution(kind, rng):
    """Eq. (point-deconv): not in the published order, nor without a convolution."""
    _, _, features, skip, step = scene(rng)
    made = kind(4, 2, (6,), 7).double().eval()
    fill(made, rng(4))
    skip.requires_grad_()
    result = made(features, skip, step)
    assert result.shape == (2, 12, 7)
    (slope,) = torch.autograd.grad(result[0, 3].square().sum(), skip)
    touched = set(slope[0].abs().sum(-1).nonzero().flatten().tolist())
    near = set(step.beside.indices[0, 3].tolist())
    assert touched <= (near if kind is PointDeconv else {3})
    assert len(touched) == (4 if kind is PointDeconv else 1)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_skip_only_what_is_carried_up_counts(kind, rng):
    _, _, features, _, step = scene(rng)
    made = kind(4, 0, (6,), 7).double()
    assert made(features, None, step).shape == (2, 12, 7)


def test_a_layer_of_another_kind_can_be_given(rng):
    class Sum(nn.Module):
        def __init__(self, channels, widths, outputs):
            super().__init__()

        def forward(self, features, around):
            return features.sum(-1, keepdim=True)

    _, _, features, skip, step = scene(rng)
    found = PointDeconv(4, 2, (), 1, layer=Sum)(features, skip, step)
    expected = carry_up(features, step.upward).sum(-1) + skip.sum(-1)
    torch.testing.assert_close(found[..., 0], expected)


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_fit_the_step_is_refused(kind, rng):
    _, _, features, skip, step = scene(rng)
    model = kind(4, 2, (), 1).double()
    with pytest.raises(ValueError, match="skip must have 2 channels, got 0"):
        model(features, None, step)
    with pytest.raises(ValueError, match=r"skip must have shape \(2, 12, C\), got"):
        model(features, skip[:, :3], step)
    single = step.upward._replace(offsets=step.upward.offsets.float())
    with pytest.raises(TypeError, match=r"step.upward.offsets must be torch.float64"):
        model(features, skip, step._replace(upward=single))
