"""Checks of dlnotes.so_net.autoencoder."""

import math

import pytest
import torch
from torch.nn import functional as F

from dlnotes.so_net.autoencoder import (
    LinearDecoder,
    SoNetAutoencoder,
    UpDecoder,
    reconstruction_loss,
)
from dlnotes.so_net.node_encoder import NodeEncoder
from dlnotes.so_net.node_windows import nearest_window
from dlnotes.so_net.overlap import group_points
from tests.so_net.test_node_encoder import encoder, scene
from tests.weights import enliven


def whole(rng, rows=3):
    return torch.randn(rows, 6, dtype=torch.float64, generator=rng(1))


def test_the_loss_adds_distances_to_the_nearest_over_all_clouds(rng):
    """Eq. (reconstruction), point by point, as published: not squared, 1e-8 below."""
    points = torch.randn(2, 7, 3, dtype=torch.float64, generator=rng())
    clouds = [
        torch.randn(2, n, 3, dtype=torch.float64, generator=rng(n)) for n in (5, 3)
    ]
    mask = torch.arange(7) < torch.tensor([[7], [4]])

    def mean(some, others):
        gaps = [min(math.dist(p, q) for q in others) for p in some]
        return sum(math.sqrt(gap**2 + 1e-8) for gap in gaps) / len(gaps)

    total = 0.0
    for cloud in clouds:
        for b, count in enumerate((7, 4)):
            real = points[b, :count].tolist()
            drawn = cloud[b].tolist()
            total += (mean(drawn, real) + mean(real, drawn)) / 2
    found = reconstruction_loss(clouds, points, mask=mask)
    assert float(found) == pytest.approx(total, rel=1e-12)


def test_a_linear_decoder_draws_points_from_the_cube_at_first(rng):
    made = LinearDecoder(6, 10).double()
    widths = [layer[0].out_features for layer in made.layers.layers]
    assert widths == [20, 30, 40]
    assert made(whole(rng)).shape == (3, 10, 3)
    bias = LinearDecoder(6, 256).output.bias
    assert bias.abs().max() <= 1
    # Of 768 uniform numbers: the variance is 1 / 3, that of a square 4 / 45.
    assert abs(bias.mean()) < 5 * math.sqrt(1 / 3 / 768)
    assert abs(bias.square().mean() - 1 / 3) < 5 * math.sqrt(4 / 45 / 768)


def test_an_up_decoder_doubles_images_by_repetition(rng):
    """Each layer against a convolution of the repeated pixels; images become clouds."""
    made = UpDecoder(6, (5, 4, 3), clouds=2).double()
    enliven(made, rng(2))
    made.eval()
    image = whole(rng)[..., None, None]
    clouds = []
    for number, layer in enumerate(made.grow):
        image = image.repeat_interleave(2, 2).repeat_interleave(2, 3)
        convolution, norm, _ = layer
        image = norm(F.conv2d(image, convolution.weight, padding=1)).relu()
        if number:
            clouds.append(made.draw[number - 1](image).flatten(2).mT)
    found = made(whole(rng))
    assert [cloud.shape for cloud in found] == [(3, 16, 3), (3, 64, 3)]
    for one, other in zip(found, clouds, strict=True):
        torch.testing.assert_close(one, other)


def test_the_published_sizes_draw_1280_points_and_256():
    with torch.device("meta"):
        encode = NodeEncoder((8, 8, 8), (8,), (1024,))
        made = SoNetAutoencoder(encode, LinearDecoder(1024), UpDecoder(1024)).eval()
        drawn = made.up(torch.empty(2, 1024))
        assert [cloud.shape[1] for cloud in drawn] == [256, 1024]
        assert made.linear(torch.empty(2, 1024)).shape == (2, 256, 3)
        larger = UpDecoder(1024, (1024, 512, 256, 128, 128, 128), clouds=3)
        drawn = larger.eval()(torch.empty(2, 1024))
    assert [cloud.shape[1] for cloud in drawn] == [256, 1024, 4096]


@pytest.mark.parametrize("with_linear", [True, False])
def test_the_finest_cloud_comes_first_and_all_parameters_learn(with_linear, rng):
    points, nodes, features = scene(rng)
    linear = LinearDecoder(6, 10) if with_linear else None
    made = SoNetAutoencoder(encoder(rng), linear, UpDecoder(6, (5, 4, 4))).double()
    enliven(made, rng(3))
    made.train()
    window = nearest_window(nodes, 4)
    clouds = made(group_points(points, nodes, 3), window, features)
    sizes = [64 + 10 * with_linear, 16]
    assert [cloud.shape for cloud in clouds] == [(2, size, 3) for size in sizes]
    reconstruction_loss(clouds, points).backward()
    assert all((p.grad != 0).any() for p in made.parameters())


def test_an_autoencoder_learns_to_draw_two_clouds(rng):
    points, nodes, _ = scene(rng)
    sizes = {"point_widths": (8, 8, 8), "near_widths": (16,), "last_widths": (16,)}
    made = SoNetAutoencoder(
        *(NodeEncoder(**sizes), LinearDecoder(16, 14), UpDecoder(16, (8, 8)))
    ).double()
    enliven(made, rng(3))
    given = group_points(points, nodes, 3), nearest_window(nodes, 4)
    optimizer = torch.optim.Adam(made.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = reconstruction_loss(made(*given), points)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_decoders_take_one_vector_a_cloud(rng):
    for made in (LinearDecoder(6, 10), UpDecoder(6, (4, 4))):
        with pytest.raises(ValueError, match=r"whole must have shape \(B, 6\), got"):
            made.double()(whole(rng)[:, None])


def test_more_clouds_than_images_are_refused():
    with pytest.raises(ValueError, match="clouds must be from 1 to 2, got 3"):
        UpDecoder(6, (4, 4), clouds=3)
