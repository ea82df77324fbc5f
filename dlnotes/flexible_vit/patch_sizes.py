"""One network for patches of several sizes, after FlexiViT."""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.blocks.checks import check_count, check_finite
from dlnotes.blocks.encoder import Encoder
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.patches import patchify
from dlnotes.blocks.precision import widen_half
from dlnotes.vit.embedding import patch_grid
from dlnotes.vit.positions import resize_codes


def resize_matrix(old: int, new: int) -> Tensor:
    """Write bilinear interpolation along one axis as a matrix, Eq. (resize-matrix).

    Args:
        old: Pixels before.
        new: Pixels after.

    Returns:
        Shape `(new, old)`, float64; rows sum to 1.

    Examples:
        >>> resize_matrix(2, 4)
        tensor([[1.0000, 0.0000],
                [0.7500, 0.2500],
                [0.2500, 0.7500],
                [0.0000, 1.0000]], dtype=torch.float64)
    """
    check_count("old", old)
    check_count("new", new)
    lines = torch.eye(old, dtype=torch.float64)[:, None]
    return F.interpolate(lines, new, mode="linear")[:, 0].T


@widen_half
def resize_kernel(weight: Tensor, new: int) -> Tensor:
    """Fit the kernel to patches of another size, Eq. (pi-resize).

    Args:
        weight: Kernel of the patch embedding, `(D, C, P, P)`.
        new: Side of the other patches.

    Returns:
        Shape `(D, C, new, new)`. If `new` is at least `P`, products with enlarged
        patches are those of the old kernel with the old patches.
    """
    check_finite("weight", weight)
    if weight.ndim != 4 or weight.shape[2] != weight.shape[3] or not weight.shape[2]:
        shape = tuple(weight.shape)
        raise ValueError(f"weight must be (D, C, P, P), got shape {shape}")
    fit = torch.linalg.pinv(resize_matrix(weight.shape[-1], new).T).to(weight)
    resized: Tensor = fit @ weight @ fit.T
    return resized


class FlexibleViT(nn.Module):
    """Classify images cut into patches of a size chosen at each call, Eq. (pi-resize).

    Args:
        image: Side of the images in pixels.
        patch: Side of the patches for which the kernel is stored.
        dim: Length of a token, `D`.
        depth: Layers of the encoder.
        heads: Of attention.
        channels: Of the images.
        classes: How many there are.
    """

    def __init__(
        self,
        image: int,
        patch: int,
        *,
        dim: int,
        depth: int,
        heads: int,
        channels: int = 3,
        classes: int = 1000,
    ) -> None:
        super().__init__()
        self.grid = patch_grid(image, patch)
        self.embedding = nn.Conv2d(channels, dim, patch, stride=patch)
        self.positions = nn.Parameter(torch.zeros(self.grid[0] * self.grid[1], dim))
        self.encoder = Encoder(dim, depth, heads)
        self.head = nn.Linear(dim, classes)

    def forward(self, images: Tensor, patch: int) -> Tensor:
        """Score the classes.

        Args:
            images: Shape `(B, C, H, W)`.
            patch: Side of a patch; it divides height and width.

        Returns:
            Logits, shape `(B, K)`, from the mean over the tokens.
        """
        channels = self.embedding.in_channels
        check_input("images", images, ("B", channels, "H", "W"), like=self)
        kernel = resize_kernel(self.embedding.weight, patch)
        weight = rearrange(kernel, "d c p q -> d (p q c)")
        tokens = F.linear(patchify(images, patch), weight, self.embedding.bias)
        grid = patch_grid((images.shape[2], images.shape[3]), patch)
        codes = resize_codes(
            self.positions, self.grid, grid, mode="bilinear", antialias=True
        )
        logits: Tensor = self.head(self.encoder(tokens + codes).mean(1))
        return logits
