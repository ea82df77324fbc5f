"""Checks of dlnotes.flexible_vit.patch_sizes."""

import pytest
import torch
from torch.nn import functional as F

from dlnotes.blocks.patches import patchify, unpatchify
from dlnotes.flexible_vit.patch_sizes import FlexibleViT, resize_kernel, resize_matrix


def enlarge(patches: torch.Tensor, new: int) -> torch.Tensor:
    return F.interpolate(patches, (new, new), mode="bilinear")


def test_the_matrix_resizes_images(rng):
    """Eq. (resize-matrix): along both axes it is torch's interpolation."""
    images = torch.randn(2, 3, 5, 5, dtype=torch.float64, generator=rng())
    for new in (2, 5, 8):
        matrix = resize_matrix(5, new)
        torch.testing.assert_close(matrix @ images @ matrix.T, enlarge(images, new))


@pytest.mark.parametrize("new", [4, 5, 7, 8, 16])
def test_products_with_enlarged_patches_stay(new, rng):
    """Eq. (pi-resize): exact when enlarging."""
    patches = torch.randn(6, 2, 4, 4, dtype=torch.float64, generator=rng())
    weight = torch.randn(3, 2, 4, 4, dtype=torch.float64, generator=rng(1))
    before = torch.einsum("nchw,dchw->nd", patches, weight)
    larger = enlarge(patches, new)
    after = torch.einsum("nchw,dchw->nd", larger, resize_kernel(weight, new))
    torch.testing.assert_close(after, before, rtol=0, atol=1e-11)


@pytest.mark.parametrize("new", [2, 3, 6])
def test_the_kernel_solves_least_squares(new, rng):
    """Eq. (pi-resize), by torch's solver on the whole patch, both ways."""
    weight = torch.randn(1, 1, 4, 4, dtype=torch.float64, generator=rng())
    basis = torch.eye(16, dtype=torch.float64).view(16, 1, 4, 4)
    resized = enlarge(basis, new).flatten(1)
    wanted = torch.linalg.lstsq(resized, weight.flatten()[:, None], driver="gelsd")
    found = resize_kernel(weight, new).flatten()
    torch.testing.assert_close(found, wanted.solution[:, 0])


def test_a_kernel_made_smaller_does_not_come_back(rng):
    """Eq. (pi-resize): 32 to 8 to 32 keeps a sixteenth of the squared kernel."""
    weight = torch.randn(64, 1, 32, 32, dtype=torch.float64, generator=rng())
    back = resize_kernel(resize_kernel(weight, 8), 32)
    assert (back - weight).norm() / weight.norm() > 0.9


def test_the_network_reads_patches_of_its_own_size_by_its_own_kernel(rng):
    """Eq. (pi-resize): with the stored size nothing is resized."""
    model = FlexibleViT(24, 6, dim=16, depth=1, heads=2, channels=1, classes=3)
    torch.nn.init.normal_(model.positions, generator=rng())
    images = torch.randn(2, 1, 24, 24, generator=rng(1))
    tokens = model.embedding(images).flatten(2).mT + model.positions
    wanted = model.head(model.encoder(tokens).mean(1))
    torch.testing.assert_close(model(images, 6), wanted)
    squares = patchify(images, 6).view(32, 1, 6, 6)
    larger = unpatchify(enlarge(squares, 12).view(2, 16, 144), 12, (4, 4))
    torch.testing.assert_close(model(larger, 12), wanted)


def test_every_parameter_of_the_network_moves_its_output(rng):
    model = FlexibleViT(24, 6, dim=16, depth=1, heads=2, channels=1, classes=3)
    logits = model(torch.randn(2, 1, 24, 24, generator=rng()), 4)
    logits.square().sum().backward()
    for name, parameter in model.named_parameters():
        if name != "encoder.layers.0.attention.key.bias":  # softmax does not see it
            assert parameter.grad.any(), name


@pytest.mark.parametrize("old", range(1, 17))
def test_the_matrix_loses_nothing_when_it_enlarges(old):
    """Eq. (resize-matrix): rows near each old pixel dominate, so columns are free."""
    for new in range(old, 4 * old):
        matrix = resize_matrix(old, new)
        places = (torch.arange(new, dtype=torch.float64) + 0.5) * old / new
        first = torch.searchsorted(places, torch.arange(old, dtype=torch.float64))
        assert matrix[first].diagonal().min() > 0.5 - 1e-12
        assert torch.linalg.matrix_rank(matrix[first]) == old


@pytest.mark.parametrize("new", [2, 3, 4, 7])
def test_a_known_covariance_fits_better_only_when_shrinking(new, rng):
    """Eq. (pi-resize) with covariance: least squares in the norm that it gives."""
    matrix = resize_matrix(4, new)
    both = torch.kron(matrix, matrix)
    root = torch.randn(16, 16, dtype=torch.float64, generator=rng())
    root = root @ root.T / 16  # of the covariance, symmetric and positive
    weight = torch.randn(16, dtype=torch.float64, generator=rng(1))
    plain = resize_kernel(weight.view(1, 1, 4, 4), new).flatten()
    fitted = torch.linalg.pinv(root @ both.T) @ root @ weight
    errors = [(root @ (weight - both.T @ w)).norm() for w in (plain, fitted)]
    if new < 4:
        assert errors[1] < 0.99 * errors[0]
    else:
        assert max(errors) < 1e-9
