"""The whole network."""

from copy import deepcopy

import torch
from einops import rearrange
from torch import Generator, Tensor, nn

from dlnotes.blocks.checks import check_count, check_floating, check_module
from dlnotes.blocks.encoder import Encoder
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.patches import two
from dlnotes.vit.embedding import add_positions, patch_grid
from dlnotes.vit.positions import relative_bias, resize_codes


class VisionTransformer(nn.Module):
    """Classify images: patches, encoder, one linear map, Eq. (vit).

    Args:
        image: Height and width of the images in pixels, or one number for both.
        patch: Height and width of a patch, or one number for both.
        dim: Length of a token, `D`.
        depth: Layers of the encoder.
        heads: Of attention.
        hidden: Inner length of the feed-forward networks; four times `dim` by default.
        channels: Of the images.
        classes: How many there are; with 0 the features come out.
        codes: Fixed codes of the positions, `(N, D)`; by default they are learned.
        relative: Whether attention adds a learned number for each head and each offset
            of two patches.
        mean: Whether to average over the tokens instead of reading a class token.
        dropout: See `EncoderLayer`.
        drop_path: Of the last layer, see `Encoder`.
        eps: See `EncoderLayer`.
    """

    bias_table: nn.Parameter | None
    positions: Tensor

    def __init__(
        self,
        image: int | tuple[int, int],
        patch: int | tuple[int, int],
        *,
        dim: int,
        depth: int,
        heads: int,
        hidden: int | None = None,
        channels: int = 3,
        classes: int = 1000,
        codes: Tensor | None = None,
        relative: bool = False,
        mean: bool = False,
        dropout: float = 0.0,
        drop_path: float = 0.0,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        check_count("classes", classes, least=0)
        self.grid, size = patch_grid(image, patch), two("patch", patch)
        rows, columns = self.grid
        self.embedding = nn.Conv2d(channels, dim, size, stride=size)
        self.class_token = None if mean else nn.Parameter(torch.zeros(dim))
        self._set_positions(codes, dim)
        table = torch.zeros(heads, 2 * rows - 1, 2 * columns - 1)
        self.bias_table = nn.Parameter(table) if relative else None
        self.encoder = Encoder(
            *(dim, depth, heads),
            hidden=hidden,
            dropout=dropout,
            drop_path=drop_path,
            eps=eps,
        )
        self.head = nn.Linear(dim, classes) if classes else nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        """Score the classes.

        Args:
            images: Shape `(B, C, H, W)`.

        Returns:
            Logits, shape `(B, K)`, or features `(B, D)` without classes.
        """
        z = self.encoder(self.tokens(images), bias=self.bias())
        y = z.mean(1) if self.class_token is None else z[:, 0]
        logits: Tensor = self.head(y)
        return logits

    def tokens(self, images: Tensor) -> Tensor:
        """Input of the encoder, shape `(B, N, D)` or, with a class token, `N + 1`."""
        _, channels, p, q = self.embedding.weight.shape
        size = self.grid[0] * p, self.grid[1] * q
        check_input("images", images, ("B", channels, *size), like=self)
        patches = rearrange(self.embedding(images), "b d h w -> b (h w) d")
        return add_positions(patches, self.positions, self.class_token)

    def bias(self) -> Tensor | None:
        """What attention adds for relative positions, `(heads, N, N)` or `None`."""
        if self.bias_table is None:
            return None
        extra = self.class_token is not None
        return relative_bias(self.bias_table, self.grid, extra=int(extra))

    def _set_positions(self, codes: Tensor | None, dim: int) -> None:
        """Learned codes are parameters, fixed ones a buffer; a class token's is 0."""
        first = self.class_token is not None
        shape = (self.grid[0] * self.grid[1], dim)
        if codes is None:
            self.positions = nn.Parameter(torch.zeros(shape[0] + first, dim))
            return
        check_floating("codes", codes)
        if codes.shape != shape:
            given = tuple(codes.shape)
            raise ValueError(f"codes must have shape {shape}, got {given}")
        rows = [codes.new_zeros(1, dim), codes] if first else [codes]
        self.register_buffer("positions", torch.cat(rows))


def initialize(model: nn.Module, *, generator: Generator | None = None) -> None:
    """Draw the parameters of a transformer anew.

    Weights of two or more dimensions are uniform with the variance of Glorot and
    Bengio (2010), tokens and tables of positions normal with a standard deviation of
    0.02, biases 0, factors of normalizations 1.

    Args:
        model: Changed in place.
        generator: Source of randomness; `None` means torch's global one.
    """
    check_module("model", model)
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            nn.init.ones_(module.weight)
        for name, parameter in module.named_parameters(recurse=False):
            if name == "bias":
                nn.init.zeros_(parameter)
            elif isinstance(module, nn.Linear | nn.Conv2d):
                flat = parameter.detach().flatten(1)  # a view of the same numbers
                nn.init.xavier_uniform_(flat, generator=generator)
            elif not isinstance(module, nn.LayerNorm):
                nn.init.normal_(parameter, std=0.02, generator=generator)


def at_resolution(
    model: VisionTransformer, image: int | tuple[int, int], *, antialias: bool = False
) -> VisionTransformer:
    """Copy a network for images of another size, with interpolated positions.

    Args:
        model: Without relative positions.
        image: Height and width in pixels, or one number for both.
        antialias: See `resize_codes`.

    Returns:
        The copy, which shares nothing with `model`; what was frozen stays frozen.
    """
    check_module("model", model)
    if model.bias_table is not None:
        raise ValueError("model must have no relative positions, got a table of them")
    copy = deepcopy(model)
    p, q = model.embedding.weight.shape[-2:]
    copy.grid = patch_grid(image, (p, q))
    extra = int(model.class_token is not None)
    codes = resize_codes(
        *(model.positions.detach(), model.grid, copy.grid),
        extra=extra,
        antialias=antialias,
    )
    learned = isinstance(model.positions, nn.Parameter)
    trained = model.positions.requires_grad
    copy.positions = nn.Parameter(codes, requires_grad=trained) if learned else codes
    return copy
