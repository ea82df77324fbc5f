"""The encoder."""

from collections.abc import Callable
from typing import cast

import torch
from torch import Generator, Tensor, nn

from dlnotes.bert.embedding import TextEmbedding, check_ids
from dlnotes.bert.masking import check_mask
from dlnotes.blocks.checks import check_count, check_module
from dlnotes.blocks.encoder import Encoder, EncoderLayer


class Bert(nn.Module):
    """Read a text in both directions, Eq. (encoder).

    Args:
        vocabulary: How many tokens there are, `V`.
        dim: Length of the vector of a token, `D`.
        depth: Layers of the encoder.
        heads: Of attention.
        positions: Tokens of the longest text.
        segments: How many kinds of segments there are; 0 for a model without.
        hidden: Inner length of the feed-forward networks; four times `dim` by default.
        width: Length of the embeddings, `E`, if a linear map brings them to `dim`;
            `None` for embeddings of length `dim` and no map.
        padding: See `TextEmbedding`.
        dropout: Share dropped in train mode.
        eps: In the normalizations.
        activation: Makes the nonlinearity of the feed-forward networks.
    """

    def __init__(
        self,
        vocabulary: int,
        *,
        dim: int,
        depth: int,
        heads: int,
        positions: int = 512,
        segments: int = 2,
        hidden: int | None = None,
        width: int | None = None,
        padding: int | None = None,
        dropout: float = 0.0,
        eps: float = 1e-12,
        activation: Callable[[], nn.Module] = nn.GELU,
    ) -> None:
        super().__init__()
        check_count("dim", dim)
        self.dim = dim
        self.embedding = TextEmbedding(
            *(vocabulary, dim if width is None else width),
            positions=positions,
            segments=segments,
            padding=padding,
            dropout=dropout,
            eps=eps,
        )
        self.project = nn.Identity() if width is None else nn.Linear(width, dim)
        self.encoder = Encoder(
            *(dim, depth, heads),
            hidden=hidden,
            pre_norm=False,
            dropout=dropout,
            eps=eps,
            activation=activation,
        )

    def forward(
        self,
        tokens: Tensor,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Encode texts.

        Args:
            tokens: Numbers of the tokens, integers `(B, N)`.
            segments: Numbers of the segments, integers `(B, N)`; by default all 0.
            mask: Truth values: which tokens are seen, `(B, N)`, or which each token
                sees, `(B, N, N)` or `(1, N, N)`. A token that sees nothing gets 0 from
                attention.

        Returns:
            One vector for each token, `(B, N, D)`.
        """
        seen = visible_to(tokens, mask)
        return cast(Tensor, self.encoder(self.start(tokens, segments), mask=seen))

    def without_padding(
        self, tokens: Tensor, mask: Tensor, segments: Tensor | None = None
    ) -> Tensor:
        """Encode texts of several lengths and no padding, which costs time.

        Args:
            tokens: See `forward`.
            mask: Truth values `(B, N)`: which tokens are text.
            segments: See `forward`.

        Returns:
            What `forward` returns at the text, and 0 at padding, `(B, N, D)`.
        """
        visible_to(tokens, None)
        check_mask("mask", mask, like=tokens)
        text = self.start(tokens, segments)[mask]
        encoded: Tensor = self.encoder(
            text, lengths=[n for n in mask.sum(1).tolist() if n]
        )
        return encoded.new_zeros(*mask.shape, self.dim).index_put((mask,), encoded)

    def start(self, tokens: Tensor, segments: Tensor | None = None) -> Tensor:
        """Input of the encoder, `(B, N, D)`."""
        return cast(Tensor, self.project(self.embedding(tokens, segments)))

    def hidden_states(
        self,
        tokens: Tensor,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> list[Tensor]:
        """Input and output of all layers, `depth + 1` tensors `(B, N, D)`."""
        seen, states = visible_to(tokens, mask), [self.start(tokens, segments)]
        for layer in self.layers():
            states.append(layer(states[-1], mask=seen))
        return states

    def attention_maps(
        self,
        tokens: Tensor,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """What each token looks at, `(depth, B, heads, N, N)`.

        Rows sum to 1, or to 0 for a token that sees nothing.
        """
        check_count("number of layers", len(self.layers()))
        seen = visible_to(tokens, mask)
        states = self.hidden_states(tokens, segments, mask)
        pairs = zip(self.layers(), states[:-1], strict=True)
        return torch.stack(
            [layer.attention.weights(x, mask=seen) for layer, x in pairs]
        )

    def layers(self) -> list[EncoderLayer]:
        """The layers of the encoder, from the first to the last."""
        return [cast(EncoderLayer, layer) for layer in self.encoder.layers]


def draw_weights(
    model: nn.Module, *, std: float = 0.02, generator: Generator | None = None
) -> None:
    """Draw the parameters anew, as BERT does.

    Weights and tables are normal, biases 0, factors of normalizations 1. The published
    program cuts the normal law off at two standard deviations.

    Args:
        model: Changed in place.
        std: Standard deviation of the weights.
        generator: Source of randomness; `None` means torch's global one.
    """
    check_module("model", model)
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if name == "bias":
                nn.init.zeros_(parameter)
            elif isinstance(module, nn.LayerNorm):
                nn.init.ones_(parameter)
            else:
                nn.init.normal_(parameter, std=std, generator=generator)


def visible_to(tokens: Tensor, mask: Tensor | None) -> Tensor | None:
    """Bring a mask to the shape that attention wants.

    Args:
        tokens: Integers `(B, N)`.
        mask: Truth values `(B, N)`, `(B, N, N)` or `(1, N, N)`; `None` for all seen.

    Returns:
        Shape `(B, 1, 1, N)` or `(B, 1, N, N)`, or `None`.
    """
    check_ids("tokens", tokens, None)
    if tokens.ndim != 2:
        raise ValueError(f"tokens must be (B, N), got shape {tuple(tokens.shape)}")
    if mask is None:
        return None
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        kind = getattr(mask, "dtype", type(mask).__name__)
        raise TypeError(f"mask must hold truth values, got {kind}")
    rows, length = tokens.shape
    flat, square = (rows, length), {(rows, length, length), (1, length, length)}
    if mask.shape != flat and tuple(mask.shape) not in square:
        given = tuple(mask.shape)
        raise ValueError(f"mask must be {flat} or {(*flat, length)}, got {given}")
    return mask[:, None, None] if mask.ndim == 2 else mask[:, None]
