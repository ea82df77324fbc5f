"""Training on texts without labels, and then on few with labels."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Generator, Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from dlnotes.bert.embedding import check_ids
from dlnotes.bert.heads import best_span
from dlnotes.bert.masking import choose_bernoulli, corrupt
from dlnotes.bert.pretraining import MaskedLanguageModel, Pretraining, label_loss
from dlnotes.blocks.checks import (
    check_count,
    check_floating,
    check_module,
    check_positive,
    check_rate,
)
from dlnotes.blocks.precision import half_to_single
from dlnotes.blocks.trainer import Draw, Loss, Trainer
from dlnotes.blocks.training import rise_and_fall

Outputs = Tensor | Sequence[Tensor]


def learn_language(
    model: MaskedLanguageModel,
    tokens: Tensor,
    *,
    special: int,
    mask: int,
    steps: int,
    segments: Tensor | None = None,
    labels: Tensor | None = None,
    batch: int = 32,
    ratio: float = 0.15,
    learning_rate: float = 5e-3,
    generator: Generator | None = None,
) -> Trainer:
    """Learn to fill in hidden words, in place, with new masks in every step.

    AdamW with a small weight decay; the rate rises over a tenth of the steps and falls
    like a cosine.

    Args:
        model: Fills in hidden tokens; with `labels` one that also judges pairs.
        tokens: Texts, token 0 for padding, integers `(B, N)`.
        special: How many of the first tokens are special; they are never chosen.
        mask: Number of the mask token.
        steps: Number of steps.
        segments: Integers `(B, N)`; by default all 0.
        labels: Of the pairs, integers `(B,)`; `None` leaves their loss out.
        batch: Texts in a step, none of them twice.
        ratio: Share of the tokens to hide, each by itself.
        learning_rate: The largest one.
        generator: Source of texts and masks; `None` means torch's global one.

    Returns:
        The trainer, whose `history` has the losses.
    """
    check_module("model", model)
    check_rate("ratio", ratio)
    check_count("batch", batch)
    vocabulary = len(model.body.embedding.words)
    check_count("special", special, least=0, most=vocabulary - 1)
    pairs = isinstance(model, Pretraining)
    if labels is not None and not pairs:
        kind = type(model).__name__
        raise TypeError(f"model must be a Pretraining to learn labels, got a {kind}")

    def draw(source: Generator) -> tuple[Tensor, ...]:
        rows = torch.randperm(len(tokens), generator=source)[:batch]
        texts = tokens[rows]
        chosen = choose_bernoulli(texts >= special, ratio, generator=source)
        others = torch.randint(special, vocabulary, texts.shape, generator=source)
        hidden = corrupt(texts, chosen, others, mask=mask, generator=source)
        return rows, hidden, chosen, (chosen.sum() / len(rows)).expand(len(rows))

    def loss(
        network: nn.Module, rows: Tensor, hidden: Tensor, chosen: Tensor, each: Tensor
    ) -> tuple[Tensor, Tensor]:
        texts, kinds = tokens[rows], None if segments is None else segments[rows]
        found = network(hidden, kinds, _seen(texts), chosen=chosen)
        total, count = label_loss(found[0] if pairs else found, texts[chosen])
        if labels is not None:  # a mean over texts, as `count` divides the whole sum
            total = total + each[0] * label_loss(found[1], labels[rows])[0]
        return total, count

    return _train(
        *(model, draw, loss),
        steps=steps,
        learning_rate=learning_rate,
        generator=generator,
    )


def learn_answers(
    model: nn.Module,
    tokens: Tensor,
    segments: Tensor,
    labels: Tensor,
    *,
    steps: int,
    batch: int = 20,
    learning_rate: float = 5e-3,
    generator: Generator | None = None,
) -> Trainer:
    """Fine-tune a model in place, with its encoder, by the same recipe.

    Args:
        model: One of `dlnotes.bert.heads`.
        tokens: Texts, token 0 for padding, integers `(B, N)`.
        segments: Integers `(B, N)`.
        labels: See `answer_loss`.
        steps: Number of steps.
        batch: Texts in a step, none of them twice; all if there are fewer.
        learning_rate: The largest one.
        generator: Source of the texts; `None` means torch's global one.

    Returns:
        The trainer, whose `history` has the losses.
    """
    check_module("model", model)
    check_count("batch", batch)
    if tokens.shape != segments.shape or len(labels) != len(tokens):
        shapes = [tuple(x.shape) for x in (tokens, segments, labels)]
        raise ValueError(f"tokens, segments, labels must be of B texts, got {shapes}")

    def draw(source: Generator) -> tuple[Tensor, ...]:
        return (torch.randperm(len(tokens), generator=source)[:batch],)

    def loss(network: nn.Module, rows: Tensor) -> tuple[Tensor, Tensor]:
        texts = tokens[rows]
        return answer_loss(network(texts, segments[rows], _seen(texts)), labels[rows])

    return _train(
        *(model, draw, loss),
        steps=steps,
        learning_rate=learning_rate,
        generator=generator,
    )


@half_to_single
def answer_loss(outputs: Outputs, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Add up the cross-entropy of any of the four uses.

    Args:
        outputs: Scores of classes, `(..., K)`, or scores of beginnings and of ends, two
            tensors `(B, N)`.
        labels: Classes, integers `(...)`, -100 where none is asked for; or first and
            last place of the answer, `(B, 2)`.

    Returns:
        The sum and the count of `label_loss`; for answers the sum of both parts, and
        the count of one.
    """
    if isinstance(outputs, Tensor):
        return label_loss(outputs, labels)
    parts = zip(outputs, labels.unbind(-1), strict=True)
    totals, counts = zip(*(label_loss(*part) for part in parts), strict=True)
    return torch.stack(totals).sum(), counts[0]


@half_to_single
def share_right(outputs: Outputs, labels: Tensor, *, longest: int = 3) -> Tensor:
    """Tell how many answers are right.

    Args:
        outputs: See `answer_loss`.
        labels: See `answer_loss`.
        longest: Tokens of the longest span that may be the answer.

    Returns:
        A share from 0 to 1 of all that was asked; a span is right if both of its ends
        are.
    """
    if isinstance(outputs, Tensor):
        check_floating("outputs", outputs)
        check_ids("labels", labels.clamp(min=0), outputs.shape[-1])
        asked = labels != -100
        right = (outputs.argmax(-1) == labels) & asked
        return right.sum().to(outputs.dtype) / asked.sum().clamp(min=1)
    first, last, _ = best_span(*outputs, longest=longest)
    return (
        (torch.stack([first, last], dim=-1) == labels)
        .all(-1)
        .to(outputs[0].dtype)
        .mean()
    )


def _seen(texts: Tensor) -> Tensor | None:
    """Mask of padding, or none, which is faster, where there is no padding."""
    seen = texts > 0
    return None if seen.all() else seen


def _train(
    model: nn.Module,
    draw: Draw,
    loss: Loss,
    *,
    steps: int,
    learning_rate: float,
    generator: Generator | None,
) -> Trainer:
    check_count("steps", steps)
    check_positive("learning_rate", learning_rate)
    momenta = (0.9, 0.98)  # a shorter memory than Adam's, for few steps
    weights = model.parameters()
    optimizer = AdamW(
        weights, learning_rate, betas=momenta, weight_decay=0.01, fused=True
    )
    trainer = Trainer(
        *(model, optimizer, draw, loss),
        schedule=LambdaLR(optimizer, partial(rise_and_fall, steps=steps)),
        generator=generator,
    )
    trainer.run(steps)
    return trainer
