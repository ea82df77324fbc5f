"""Attention in windows that shift from layer to layer, after Swin."""

import torch
from einops import rearrange
from torch import Tensor, nn

from dlnotes.blocks.attention import MultiHeadAttention
from dlnotes.blocks.checks import check_count, check_floating
from dlnotes.blocks.encoder import FeedForward
from dlnotes.blocks.inputs import check_input
from dlnotes.vit.positions import relative_bias


def split_windows(x: Tensor, window: int) -> Tensor:
    """Cut a map of tokens into square windows, Eq. (windows).

    Args:
        x: Shape `(B, H, W, D)`; `window` divides `H` and `W`.
        window: Side of a window in tokens.

    Returns:
        Shape `(B, H * W / window ** 2, window ** 2, D)`.
    """
    check_floating("x", x)
    check_count("window", window)
    if x.ndim != 4 or x.shape[1] % window or x.shape[2] % window:
        shape = tuple(x.shape)
        raise ValueError(f"x must be (B, H, W, D) in windows of {window}, got {shape}")
    return rearrange(x, "b (h p) (w q) d -> b (h w) (p q) d", p=window, q=window)


def join_windows(windows: Tensor, window: int, rows: int) -> Tensor:
    """Put windows together, the inverse of `split_windows`, Eq. (windows).

    Args:
        windows: Shape `(B, H * W / window ** 2, window ** 2, D)`.
        window: Side of a window in tokens.
        rows: Windows above each other.

    Returns:
        Shape `(B, H, W, D)`.
    """
    check_floating("windows", windows)
    check_count("window", window)
    check_count("rows", rows)
    shape = tuple(windows.shape)
    if len(shape) != 4 or shape[1] % rows or shape[2] != window**2:
        raise ValueError(f"windows must be {rows} rows of {window}, got shape {shape}")
    form = "b (h w) (p q) d -> b (h p) (w q) d"
    return rearrange(windows, form, h=rows, p=window)


def shift_mask(height: int, width: int, window: int, shift: int) -> Tensor:
    """Keep apart what a cyclic shift brings together, Eq. (shift-mask).

    Args:
        height: Of the map in tokens.
        width: Of the map in tokens.
        window: Side of a window.
        shift: By how many tokens the map is rolled up and to the left.

    Returns:
        Truth values `(windows, window ** 2, window ** 2)`: which tokens see which.
    """
    check_count("height", height)
    check_count("width", width)
    check_count("shift", shift, least=0, most=window - 1)
    rolled = [torch.arange(side) >= side - shift for side in (height, width)]
    region = 2.0 * rolled[0][:, None] + rolled[1]
    parts = split_windows(region[None, :, :, None], window)[0, ..., 0]
    return parts.unsqueeze(-1) == parts.unsqueeze(-2)


class WindowLayer(nn.Module):
    """An encoder layer whose attention stays in windows, Eq. (window-attention).

    A map with a side of one window or less is not shifted, as in Swin.

    Args:
        dim: Length of a token.
        heads: Of attention.
        window: Side of a window in tokens.
        shift: By how many tokens windows are moved; half a window in every other layer.
        hidden: Inner length of the feed-forward network; four times `dim` by default.
        eps: Added to the variance in the normalizations.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        window: int,
        *,
        shift: int = 0,
        hidden: int | None = None,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        check_count("window", window)
        check_count("shift", shift, least=0, most=window - 1)
        self.window, self.shift = window, shift
        self.attention = MultiHeadAttention(dim, heads)
        self.feed_forward = FeedForward(dim, 4 * dim if hidden is None else hidden)
        self.norm1 = nn.LayerNorm(dim, eps=eps)
        self.norm2 = nn.LayerNorm(dim, eps=eps)
        side = 2 * window - 1
        self.bias_table = nn.Parameter(torch.zeros(heads, side, side))

    def forward(self, x: Tensor) -> Tensor:
        """Change the tokens of a map `(B, H, W, D)`; the shape stays."""
        length = self.norm1.weight.numel()
        check_input("x", x, ("B", "H", "W", length), like=self)
        x = x + self._attend(self.norm1(x))
        changed: Tensor = x + self.feed_forward(self.norm2(x))
        return changed

    def _attend(self, x: Tensor) -> Tensor:
        _, height, width, _ = x.shape
        shift = self.shift if min(height, width) > self.window else 0
        rolled = x.roll((-shift, -shift), (1, 2))
        windows = split_windows(rolled, self.window)
        mask = shift_mask(height, width, self.window, shift).to(x.device)
        bias = relative_bias(self.bias_table, (self.window, self.window))
        mixed = self.attention(windows, mask=mask[:, None], bias=bias)
        joined = join_windows(mixed, self.window, height // self.window)
        return joined.roll((shift, shift), (1, 2))


def window_multiply_adds(height: int, width: int, dim: int, window: int) -> int:
    """Count the multiplications of attention in windows, Eq. (window-cost).

    Args:
        height: Of the map in tokens.
        width: Of the map in tokens.
        dim: Length of a token.
        window: Side of a window; that of the map gives attention of all to all.

    Returns:
        Multiplications and additions, counted as one.
    """
    for name, value in (("height", height), ("width", width), ("dim", dim)):
        check_count(name, value)
    check_count("window", window)
    tokens = height * width
    return 4 * tokens * dim**2 + 2 * window**2 * tokens * dim
