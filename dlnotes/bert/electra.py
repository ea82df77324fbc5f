"""Tell real tokens from replaced ones, after ELECTRA."""

from collections.abc import Callable
from typing import cast

import torch
from torch import Generator, Tensor, nn

from dlnotes.bert.embedding import check_ids
from dlnotes.bert.masking import check_mask
from dlnotes.bert.model import Bert
from dlnotes.bert.pretraining import MaskedLanguageModel
from dlnotes.blocks.checks import check_floating, check_module
from dlnotes.blocks.precision import half_to_single

WEIGHT = 50.0  # of the discriminator's loss, Clark et al. (2020), pre-training details


@half_to_single
def sample_words(
    logits: Tensor, *, noise: Tensor | None = None, generator: Generator | None = None
) -> Tensor:
    """Draw tokens by their probabilities, Eq. (sampled-words).

    Args:
        logits: Shape `(..., V)`.
        noise: Standard Gumbel noise of that shape.
        generator: Source of the noise; `None` means torch's global one.

    Returns:
        Integers `(...)`, to which no gradient flows.
    """
    check_floating("logits", logits)
    if not logits.ndim or not logits.shape[-1]:
        raise ValueError(f"logits must be (..., V), got shape {tuple(logits.shape)}")
    if noise is None:
        noise = -torch.empty_like(logits).exponential_(generator=generator).log()
    check_floating("noise", noise)
    if noise.shape != logits.shape:
        shape, wanted = tuple(noise.shape), tuple(logits.shape)
        raise ValueError(f"noise must have shape {wanted}, got {shape}")
    return (logits.detach() + noise).argmax(-1)


def replaced(corrupted: Tensor, tokens: Tensor) -> Tensor:
    """Mark what is not the original token, Eq. (replaced).

    Args:
        corrupted: What the discriminator reads, integers `(..., N)`.
        tokens: The original text, integers `(..., N)`.

    Returns:
        Truth values `(..., N)`: a token drawn equal to the original one is real.
    """
    check_ids("corrupted", corrupted, None)
    check_ids("tokens", tokens, None)
    if corrupted.shape != tokens.shape:
        shape, wanted = tuple(corrupted.shape), tuple(tokens.shape)
        raise ValueError(f"corrupted must have shape {wanted}, got {shape}")
    return corrupted != tokens


class Discriminator(nn.Module):
    """Score each token as replaced, Eq. (discriminator).

    Args:
        body: The encoder, which is kept, not copied.
        activation: Makes the head's nonlinearity.
    """

    def __init__(
        self, body: Bert, *, activation: Callable[[], nn.Module] = nn.GELU
    ) -> None:
        super().__init__()
        check_module("body", body)
        self.body, self.activation = body, activation()
        self.dense, self.output = nn.Linear(body.dim, body.dim), nn.Linear(body.dim, 1)

    def forward(
        self,
        tokens: Tensor,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Score tokens; arguments as for `Bert`, logits `(B, N)`."""
        inner = self.activation(self.dense(self.body(tokens, segments, mask)))
        return cast(Tensor, self.output(inner)).squeeze(-1)


@half_to_single
def replaced_loss(
    logits: Tensor, marks: Tensor, *, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Add up the discriminator's cross-entropy, Eq. (replaced-loss).

    Args:
        logits: Shape `(..., N)`; positive for replaced tokens.
        marks: Truth values of that shape: what was replaced.
        mask: Truth values of that shape: what is text and not padding.

    Returns:
        The sum, and the count of the tokens of the text.
    """
    check_floating("logits", logits)
    check_mask("marks", marks, like=logits)
    if mask is not None:
        check_mask("mask", mask, like=logits)
    losses = nn.functional.softplus(torch.where(marks, -logits, logits))
    kept = torch.ones_like(marks) if mask is None else mask
    return losses.where(kept, 0).sum(), kept.sum().to(losses.dtype)


class Electra(nn.Module):
    """Train a small generator and a discriminator together, Eq. (electra).

    Args:
        generator: Fills in hidden tokens.
        discriminator: Its encoder gives its tables of words and places to the
            generator's, which must have rows of one length.
    """

    def __init__(
        self, generator: MaskedLanguageModel, discriminator: Discriminator
    ) -> None:
        super().__init__()
        check_module("generator", generator)
        check_module("discriminator", discriminator)
        ours, theirs = discriminator.body.embedding, generator.body.embedding
        if ours.words.shape != theirs.words.shape:
            shapes = tuple(ours.words.shape), tuple(theirs.words.shape)
            raise ValueError(f"generator must have the same words, got {shapes}")
        theirs.words, theirs.positions = ours.words, ours.positions
        self.generator, self.discriminator = generator, discriminator

    def forward(
        self,
        hidden: Tensor,
        tokens: Tensor,
        chosen: Tensor,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        noise: Tensor | None = None,
        generator: Generator | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Fill in, draw, and tell apart.

        Args:
            hidden: What the generator reads, integers `(B, N)`.
            tokens: The original text, integers `(B, N)`.
            chosen: Truth values `(B, N)`: where the generator is asked.
            segments: See `Bert`.
            mask: See `Bert`.
            noise: Standard Gumbel noise, `(M, V)` for M chosen places.
            generator: Source of the noise; `None` means torch's global one.

        Returns:
            The generator's logits `(M, V)`, the discriminator's `(B, N)`, and truth
            values `(B, N)`: which tokens it read were replaced.
        """
        vocabulary = len(self.discriminator.body.embedding.words)
        check_ids("hidden", hidden, vocabulary)
        check_ids("tokens", tokens, vocabulary)
        if hidden.ndim != 2 or tokens.shape != hidden.shape:
            shapes = tuple(hidden.shape), tuple(tokens.shape)
            raise ValueError(f"hidden and tokens must be (B, N), got {shapes}")
        check_mask("chosen", chosen, like=hidden)
        logits = self.generator(hidden, segments, mask, chosen=chosen)
        drawn = sample_words(logits, noise=noise, generator=generator)
        corrupted = tokens.masked_scatter(chosen, drawn.to(tokens.dtype))
        found = self.discriminator(corrupted, segments, mask)
        return logits, found, replaced(corrupted, tokens)
