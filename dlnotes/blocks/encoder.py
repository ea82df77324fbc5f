"""The encoder of a transformer: layers of attention and feed-forward networks."""

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from dlnotes.blocks.attention import MultiHeadAttention
from dlnotes.blocks.checks import check_count
from dlnotes.blocks.dropout import Dropout
from dlnotes.blocks.inputs import check_input


class FeedForward(nn.Module):
    """Two linear maps with a nonlinearity between, for each token on its own.

    Args:
        dim: Length of a token, `D`.
        hidden: Length of the vector between.
        activation: Makes the nonlinearity.
    """

    def __init__(
        self, dim: int, hidden: int, *, activation: Callable[[], nn.Module] = nn.GELU
    ) -> None:
        super().__init__()
        check_count("hidden", hidden)
        self.expand = nn.Linear(dim, hidden)
        self.activation = activation()
        self.reduce = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens `(..., D)` to the same shape."""
        check_input("x", x, (..., self.expand.in_features), like=self)
        reduced: Tensor = self.reduce(self.activation(self.expand(x)))
        return reduced


class EncoderLayer(nn.Module):
    """Attention, then a feed-forward network, each added to its input.

    Args:
        dim: Length of a token, `D`.
        heads: Of attention.
        hidden: Inner length of the feed-forward network; four times `dim` by default.
        pre_norm: Whether each part normalizes its input, as in ViT; otherwise each sum
            is normalized, as in BERT.
        dropout: Share dropped of the weights of attention and of the entries that each
            part adds, in train mode.
        drop_path: Share of the examples, rows of the first axis, for which a part is
            left out, in train mode; of the tokens where `lengths` are given.
        eps: Added to the variance in the normalizations.
        activation: Makes the nonlinearity of the feed-forward network.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        *,
        hidden: int | None = None,
        pre_norm: bool = True,
        dropout: float = 0.0,
        drop_path: float = 0.0,
        eps: float = 1e-6,
        activation: Callable[[], nn.Module] = nn.GELU,
    ) -> None:
        super().__init__()
        self.pre_norm = pre_norm
        self.attention = MultiHeadAttention(dim, heads, dropout=dropout)
        inner = 4 * dim if hidden is None else hidden
        self.feed_forward = FeedForward(dim, inner, activation=activation)
        self.norm1 = nn.LayerNorm(dim, eps=eps)
        self.norm2 = nn.LayerNorm(dim, eps=eps)
        self.drop = nn.Sequential(Dropout(dropout), Dropout(drop_path, rows=True))

    def forward(
        self,
        x: Tensor,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        lengths: Sequence[int] | None = None,
    ) -> Tensor:
        """Change the tokens.

        Args:
            x: Tokens, shape `(..., N, D)`.
            mask: Truth values that broadcast to `(..., heads, N, N)`: what is seen.
            bias: Added to the scores, broadcasts to `(..., heads, N, N)`.
            lengths: Of rows that stand one after the other, see `MultiHeadAttention`.

        Returns:
            The shape of `x`.
        """
        check_input("x", x, (..., "N", self.norm1.weight.numel()), like=self)
        how = {"mask": mask, "bias": bias, "lengths": lengths}
        if self.pre_norm:
            x = x + self.drop(self.attention(self.norm1(x), **how))
            added: Tensor = x + self.drop(self.feed_forward(self.norm2(x)))
            return added
        x = self.norm1(x + self.drop(self.attention(x, **how)))
        normed: Tensor = self.norm2(x + self.drop(self.feed_forward(x)))
        return normed


class Encoder(nn.Module):
    """A stack of layers, and a last normalization if they normalize their inputs.

    Args:
        dim: Length of a token, `D`.
        depth: How many layers.
        heads: Of attention.
        hidden: See `EncoderLayer`.
        pre_norm: See `EncoderLayer`.
        dropout: See `EncoderLayer`.
        drop_path: Of the last layer; it grows linearly from 0 in the first, and is 0 in
            a single one.
        eps: See `EncoderLayer`.
        activation: See `EncoderLayer`.
    """

    def __init__(
        self,
        dim: int,
        depth: int,
        heads: int,
        *,
        hidden: int | None = None,
        pre_norm: bool = True,
        dropout: float = 0.0,
        drop_path: float = 0.0,
        eps: float = 1e-6,
        activation: Callable[[], nn.Module] = nn.GELU,
    ) -> None:
        super().__init__()
        check_count("depth", depth, least=0)
        rates = [drop_path * i / max(depth - 1, 1) for i in range(depth)]
        self.layers = nn.ModuleList(
            EncoderLayer(
                dim,
                heads,
                hidden=hidden,
                pre_norm=pre_norm,
                dropout=dropout,
                drop_path=rate,
                eps=eps,
                activation=activation,
            )
            for rate in rates
        )
        self.norm = nn.LayerNorm(dim, eps=eps) if pre_norm else nn.Identity()

    def forward(
        self,
        x: Tensor,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        lengths: Sequence[int] | None = None,
    ) -> Tensor:
        """Change the tokens, layer after layer.

        Args:
            x: Tokens, shape `(..., N, D)`.
            mask: The same for all layers, see `EncoderLayer`.
            bias: The same for all layers, see `EncoderLayer`.
            lengths: Of rows that stand one after the other, see `MultiHeadAttention`.

        Returns:
            The shape of `x`.
        """
        for layer in self.layers:
            x = layer(x, mask=mask, bias=bias, lengths=lengths)
        normed: Tensor = self.norm(x)
        return normed
