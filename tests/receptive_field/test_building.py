"""Checks of dlnotes.receptive_field.building: data, tracer and gradients agree."""

import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from dlnotes.receptive_field import networks
from dlnotes.receptive_field.building import build, randomize
from dlnotes.receptive_field.fields import clip
from dlnotes.receptive_field.graphs import Parallel, follow
from dlnotes.receptive_field.layers import Layer, Transposed
from dlnotes.receptive_field.measured import support
from dlnotes.receptive_field.tracer import trace
from dlnotes.receptive_field.windows import nearest


def same_size_layer(draw, stride):
    """A layer with n / stride outputs, not always centered."""
    kernel, dilation = draw.randint(1, 4), draw.randint(1, 2)
    slack = dilation * (kernel - 1)
    before = draw.randint(0, slack)
    return Layer(kernel, stride, before, dilation, slack - before)


def graph(draw, depth, strides):
    """Parts in a row, with branches within that have the same strides."""
    parts = []
    for stride in strides:
        if depth and draw.random() < 0.4:
            inner = [draw.sample([stride, 1], k=2) for _ in range(draw.randint(2, 3))]
            branches = [tuple(graph(draw, depth - 1, steps)) for steps in inner]
            branches += [()] if stride == 1 else []  # the identity
            parts.append(Parallel(tuple(branches)))
        else:
            parts.append(same_size_layer(draw, stride))
    return parts


@given(seed=st.integers(0, 2**32))
def test_branched_graphs_have_the_field_that_their_gradients_show(seed):
    """Eq. (branches), Eq. (support): formula, tracer and autograd on 100 graphs."""
    parts = graph(random.Random(seed), 2, [1, 2, 1, 3])
    model, size, place = build(parts, axes=1), 400, 33
    field = follow(parts)
    (traced,) = trace(model, (1, 1, size)).outputs[0].fields
    assert [traced.region(o) for o in range(6)] == [field.region(o) for o in range(6)]
    assert support(model, (1, 1, size), [place]) == (field.region(place),)


@pytest.mark.parametrize(
    ("network", "size"),
    [
        (networks.alexnet(), 300),
        (networks.vgg(), 384),
        (networks.resnet((2, 2, 2, 2), bottleneck=False), 576),
        (networks.resnet((3, 4, 6, 3), bottleneck=True), 576),
        (networks.googlenet(), 896),
        (networks.inception_v3(), 1600),
        (networks.mobilenet_v2(), 640),
        (networks.efficientnet_b0(), 1024),
        (networks.densenet(), 2400),
        (networks.unet(), 416),
    ],
)
def test_networks_have_the_field_that_their_gradients_show(network, size):
    """Eq. (branches), Eq. (support): along one axis, at full depth."""
    model = build(network, axes=1)
    result = trace(model, (1, 1, size))
    field = follow(network)
    assert (result.size, result.jump) == ((field.size,), (field.jump,))
    place = result.outputs[0].output[0] // 2
    region = field.region(place)
    assert clip(region, size) == region, "the image must be larger than the field"
    assert support(model, (1, 1, size), [place]) == (region,)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_axes_do_not_influence_each_other(axes):
    """Eq. (support): a line, an image and a volume see the same along each axis."""
    parts = [Layer(3, 2, 1), Transposed(4, 2, 1), Layer(2, 1, 0, 1, 1)]
    model = build(parts, axes=axes, channels=2, activation=nn.ReLU)
    shape = (1, 2, *(12,) * axes)
    assert model(torch.ones(shape)).shape == shape
    region = follow(parts).region(5)
    assert support(model, shape, [5] * axes) == (region,) * axes


def test_weights_start_as_means_and_can_be_drawn(rng):
    """The first is the identity on constants, the second repeats with its seed."""
    model = build([Layer(3), Transposed(2, 2)], axes=1, channels=2)
    inner = model[0](torch.full((1, 2, 9), 3.0))
    torch.testing.assert_close(inner, torch.full((1, 2, 7), 3.0))
    twin = build([Layer(3), Transposed(2, 2)], axes=1, channels=2)
    randomize(model, generator=rng(3))
    randomize(twin, generator=rng(3))
    for one, other in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(one, other)
        assert one.std() > 0


def test_random_weights_have_the_announced_variance(rng):
    """2 over the inputs: 20,000 draws estimate it to 1 %, so 5 % is five errors."""
    model = build([Layer(5)] * 8, axes=2, channels=10)
    randomize(model, generator=rng())
    weights = torch.cat([weight.flatten() for weight in model.parameters()])
    assert weights.var().item() == pytest.approx(2 / 250, rel=0.05)
    assert abs(weights.mean().item()) < 5 * (2 / 250 / len(weights)) ** 0.5


def test_what_cannot_be_built_is_refused():
    with pytest.raises(ValueError, match="axes must be 1, 2 or 3, got 4"):
        build([], axes=4)
    with pytest.raises(TypeError, match="cannot build Window"):
        build([nearest(1, 2)])
