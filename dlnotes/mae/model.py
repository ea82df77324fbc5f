"""The autoencoder: a large encoder for what is seen, a small decoder for the rest."""

from typing import cast

import torch
from einops import rearrange
from torch import Tensor, nn

from dlnotes.blocks.encoder import Encoder
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.patches import patchify, two
from dlnotes.blocks.positions import sincos_2d
from dlnotes.mae.masking import hidden, put_back, visible
from dlnotes.mae.target import error_sum, normalize_patches
from dlnotes.vit.embedding import patch_grid
from dlnotes.vit.positions import places


class MaskedAutoencoder(nn.Module):
    """Fill in the hidden patches of images, Eq. (autoencoder).

    Args:
        image: Height and width of the images in pixels, or one number for both.
        patch: Height and width of a patch, or one number for both.
        dim: Length of a token of the encoder, a multiple of 4.
        depth: Layers of the encoder.
        heads: Of its attention.
        decoder_dim: Length of a token of the decoder, a multiple of 4.
        decoder_depth: Layers of the decoder.
        decoder_heads: Of its attention.
        hidden: Inner length of the encoder's feed-forward networks; four times `dim` by
            default.
        decoder_hidden: The same of the decoder.
        channels: Of the images.
        normalized: Whether the target is the normalized patch.
        encodes_hidden: Whether the encoder gets a mask token for each hidden patch, as
            BERT does, instead of the visible ones alone.
        eps: In the normalizations of the layers.
    """

    positions: Tensor
    decoder_positions: Tensor

    def __init__(
        self,
        image: int | tuple[int, int],
        patch: int | tuple[int, int],
        *,
        dim: int,
        depth: int,
        heads: int,
        decoder_dim: int = 512,
        decoder_depth: int = 8,
        decoder_heads: int = 16,
        hidden: int | None = None,
        decoder_hidden: int | None = None,
        channels: int = 3,
        normalized: bool = True,
        encodes_hidden: bool = False,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.heads, self.hidden, self.eps = heads, hidden, eps
        self.grid, self.patch = patch_grid(image, patch), two("patch", patch)
        self.normalized, self.encodes_hidden = normalized, encodes_hidden
        self.embedding = nn.Conv2d(channels, dim, self.patch, stride=self.patch)
        self.class_token = nn.Parameter(torch.zeros(dim))
        self.encoder = Encoder(dim, depth, heads, hidden=hidden, eps=eps)
        self.decoder_embedding = nn.Linear(dim, decoder_dim)
        length = dim if encodes_hidden else decoder_dim
        self.mask_token = nn.Parameter(torch.zeros(length))
        self.decoder = Encoder(
            *(decoder_dim, decoder_depth, decoder_heads),
            hidden=decoder_hidden,
            eps=eps,
        )
        pixels = self.patch[0] * self.patch[1] * channels
        self.pixels = nn.Linear(decoder_dim, pixels)
        rows, columns = places(self.grid, like=self.class_token.detach()).unbind(1)
        for name, size in (("positions", dim), ("decoder_positions", decoder_dim)):
            codes = sincos_2d(rows, columns, size)
            first = torch.zeros(1, size)  # of the class token
            self.register_buffer(name, torch.cat([first, codes]))

    def forward(self, images: Tensor, order: Tensor, kept: int) -> Tensor:
        """Predict all patches from those that are visible.

        Args:
            images: Shape `(B, C, H, W)`.
            order: Of `shuffle`, shape `(B, N)`.
            kept: How many patches stay visible.

        Returns:
            Shape `(B, N, P * Q * C)`.
        """
        return self.decode(self.encode(images, order, kept), order)

    def encode(self, images: Tensor, order: Tensor, kept: int) -> Tensor:
        """Encode what is visible, f in Eq. (autoencoder), `(B, 1 + kept, D)`.

        With `encodes_hidden` the shape is `(B, 1 + N, D)`, patches in their order.
        """
        self._check(images)
        patches = rearrange(self.embedding(images), "b d h w -> b (h w) d")
        if self.encodes_hidden:
            shown = visible(patches, order, kept)
            seen = put_back(shown, self.mask_token, order) + self.positions[1:]
        else:
            seen = visible(patches + self.positions[1:], order, kept)
        first = (self.class_token + self.positions[0]).expand(len(seen), 1, -1)
        return cast(Tensor, self.encoder(torch.cat([first, seen], dim=1)))

    def decode(self, latent: Tensor, order: Tensor) -> Tensor:
        """Predict all patches, g in Eq. (autoencoder), `(B, N, P * Q * C)`."""
        length = self.decoder_embedding.in_features
        seen: int | str = len(self.positions) if self.encodes_hidden else "M"
        check_input("latent", latent, ("B", seen, length), like=self)
        tokens = self.decoder_embedding(latent)
        if not self.encodes_hidden:
            patches = put_back(tokens[:, 1:], self.mask_token, order)
            tokens = torch.cat([tokens[:, :1], patches], dim=1)
        decoded = self.decoder(tokens + self.decoder_positions)
        return cast(Tensor, self.pixels(decoded))[:, 1:]

    def features(self, images: Tensor) -> Tensor:
        """Average the encoded patches of whole images, `(B, D)`, for a probe."""
        self._check(images)
        count = self.grid[0] * self.grid[1]
        order = torch.arange(count, device=images.device).expand(len(images), count)
        return self.encode(images, order, count)[:, 1:].mean(1)

    def target(self, images: Tensor) -> Tensor:
        """What the prediction should be, `(B, N, P * Q * C)`."""
        patches = patchify(images, self.patch)
        return normalize_patches(patches) if self.normalized else patches

    def loss(self, images: Tensor, order: Tensor, kept: int) -> tuple[Tensor, Tensor]:
        """The error of the hidden patches, as a sum and a count."""
        predicted = self(images, order, kept)
        return error_sum(predicted, self.target(images), hidden(order, kept))

    def _check(self, images: Tensor) -> None:
        (rows, columns), (p, q) = self.grid, self.patch
        size = self.embedding.in_channels, rows * p, columns * q
        check_input("images", images, ("B", *size), like=self)
