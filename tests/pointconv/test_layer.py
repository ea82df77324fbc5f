"""Checks of dlnotes.pointconv.layer."""

import itertools

import pytest
import torch

from dlnotes.pointconv.continuous import point_convolution
from dlnotes.pointconv.density import (
    DensityNetwork,
    normalized_inverse,
    relative_inverse,
)
from dlnotes.pointconv.efficient import factorized_kernel
from dlnotes.pointconv.layer import PointConv
from dlnotes.pointconv.neighborhood import neighborhood
from tests.weights import enliven, perceptron, scaled


def scene(rng, bandwidth=0.5):
    make = {"dtype": torch.float64}
    points = torch.randn(2, 7, 3, **make, generator=rng())
    features = torch.randn(2, 7, 2, **make, generator=rng(1))
    mask = torch.arange(7) < torch.tensor([[7], [4]])
    return features, neighborhood(
        points, points[:, :3], 5, bandwidth=bandwidth, mask=mask
    )


def layer(rng, **options):
    made = PointConv(2, (4,), 3, middle=2, weight_widths=(3,), **options).double()
    enliven(made, rng(2))
    return made.eval()


def by_loops(made, features, around, invert):
    """The formula of the paper, with the weights of each neighbor written out."""
    batch, places, neighbors = around.indices.shape
    result = []
    for b, m in itertools.product(range(batch), range(places)):
        total = [0.0, 0.0, 0.0]
        real = [k for k in range(neighbors) if around.real[b, m, k]]
        scales = invert([around.density[b, m, k] for k in real])
        for k, scale in zip(real, scales, strict=True):
            offset = list(around.offsets[b, m, k])
            feature = features[b, around.indices[b, m, k]]
            encoded = perceptron(made.encoder, offset + list(feature))
            hidden = perceptron(made.weights, offset)
            for c, i, o in itertools.product(range(4), range(2), range(3)):
                weight = hidden[i] * made.last[i, c, o]
                total[o] = total[o] + scale * weight * encoded[c]
        result += [scaled(made.norm, o, x) for o, x in enumerate(total)]
    return torch.stack(result).view(batch, places, 3)


INVERSES = {
    "none": (None, lambda q: [1.0] * len(q)),
    "relative": (relative_inverse, lambda q: [min(q) / d for d in q]),
    "normalized": (
        normalized_inverse,
        lambda q: [1 / d / sum(1 / e for e in q) for d in q],
    ),
}


@pytest.mark.parametrize("inverse", INVERSES)
def test_the_layer_is_its_formula_with_copied_weights(inverse, rng):
    """Eq. (point-conv), forward and every gradient, by loops over everything."""
    function, by_hand = INVERSES[inverse]
    made = layer(rng, inverse=function)
    features, around = scene(rng)
    inputs = [features.requires_grad_(), *made.parameters()]
    results = made(features, around), by_loops(made, features, around, by_hand)
    torch.testing.assert_close(*results, rtol=1e-10, atol=1e-12)
    assert (results[0] > 0).any()
    slope = torch.randn(2, 3, 3, dtype=torch.float64, generator=rng(5))
    one, other = (torch.autograd.grad(r, inputs, slope) for r in results)
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-11)


def test_the_two_forms_agree_in_the_layer(rng):
    """Eq. (efficient): with the factors that the layer makes."""
    made = layer(rng, inverse=DensityNetwork())
    features, around = scene(rng)
    encoded, hidden, last = made.factors(features, around)
    naive = point_convolution(encoded, factorized_kernel(hidden, last))
    expected = made.norm(naive.flatten(0, 1)).relu().view(2, 3, 3)
    torch.testing.assert_close(made(features, around), expected)


def test_the_kernel_is_that_of_the_offsets(rng):
    made = layer(rng)
    offsets = torch.randn(5, 4, 3, dtype=torch.float64, generator=rng(5))
    assert made.kernel(offsets).shape == (5, 4, 4, 3)
    hidden = torch.stack(perceptron(made.weights, list(offsets[1, 2])))
    expected = torch.einsum("m,mco->co", hidden, made.last)
    torch.testing.assert_close(made.kernel(offsets)[1, 2], expected)


@pytest.mark.parametrize("norm", [True, False])
def test_every_parameter_and_input_counts(norm, rng):
    """In train mode, with a density network of its own in each layer."""
    net = DensityNetwork((3,))
    options = {} if norm else {"norm": None}
    made = PointConv(2, (4,), 3, middle=2, inverse=net, **options).double()
    enliven(made, rng(2))
    assert made.inverse is not net
    features, around = scene(rng)
    result = made(features.requires_grad_(), around)
    slope = torch.randn(result.shape, dtype=torch.float64, generator=rng(5))
    inputs = [features, *made.parameters()]
    for gradient in torch.autograd.grad(result, inputs, slope):
        assert (gradient != 0).any()


def test_points_without_features_have_their_offsets(rng):
    made = PointConv(0, (), 4).double()
    _, around = scene(rng, None)
    assert made(None, around).shape == (2, 3, 4)
    assert made.last.shape == (16, 3, 4)


def test_an_inverse_without_density_is_refused(rng):
    features, around = scene(rng, None)
    with pytest.raises(ValueError, match="around must have a density"):
        layer(rng, inverse=relative_inverse)(features, around)


def test_a_neighborhood_of_another_form_is_refused_by_all_methods(rng):
    features, around = scene(rng)
    made, flat = layer(rng), around._replace(offsets=around.offsets[..., :2])
    for call in (made.scale, lambda around: made(features, around)):
        with pytest.raises(ValueError, match=r"around.offsets must have shape"):
            call(flat)
    with pytest.raises(ValueError, match=r"offsets must have shape \(..., K, 3\)"):
        made.kernel(flat.offsets)
