"""Training on texts without labels, and then on few with labels."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from dlnotes.bert.embedding import check_ids
from dlnotes.bert.heads import best_span
from dlnotes.bert.masking import choose_bernoulli, corrupt
from dlnotes.bert.pretraining import (
    MaskedLanguageModel,
    Pretraining,
    add_means,
    label_loss,
)
from dlnotes.blocks.checks import (
    check_count,
    check_floating,
    check_module,
    check_rate,
    check_tensor,
)
from dlnotes.blocks.precision import half_to_single
from dlnotes.blocks.training import Schedule, train

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
    batch: int = 64,
    ratio: float = 0.15,
    learning_rate: float = 3e-3,
    schedule: Schedule | None = None,
    generator: Generator | None = None,
) -> list[float]:
    """Learn to fill in hidden words, in place, with new masks in every step.

    Args:
        model: Fills in hidden tokens; with `labels` one that also judges pairs.
        tokens: Texts, token 0 for padding, integers `(B, N)`.
        special: How many of the first tokens are special, padding among them; they are
            never chosen, and never put in the place of another token.
        mask: Number of the mask token.
        steps: How many.
        segments: Integers `(B, N)`; by default all 0.
        labels: Of the pairs, integers `(B,)`; `None` leaves their loss out.
        batch: Texts in a step.
        ratio: Share of the tokens to hide, above 0, each by itself. Where none is
            hidden by chance, the loss of words is 0.
        learning_rate: Of Adam.
        schedule: See `train`.
        generator: Source of order and masks; `None` means torch's global one.

    Returns:
        The loss of each step.
    """
    check_module("model", model)
    check_tensor("tokens", tokens)
    if segments is not None:
        check_tensor("segments", segments)
    if labels is not None:
        check_tensor("labels", labels)
    check_rate("ratio", ratio)
    if not ratio:
        raise ValueError(f"ratio must be above 0, got {ratio}")
    many = len(model.body.embedding.words)
    check_count("special", special, most=many - 1)
    if labels is not None and not isinstance(model, Pretraining):
        kind = type(model).__name__
        raise TypeError(f"model must be a Pretraining to learn labels, got a {kind}")
    losses: list[float] = []

    def loss(network: MaskedLanguageModel, rows: Tensor, _: int) -> Tensor:
        texts, kinds = tokens[rows], None if segments is None else segments[rows]
        chosen = choose_bernoulli(texts >= special, ratio, generator=generator)
        others = torch.randint(special, many, texts.shape, generator=generator)
        seen = corrupt(texts, chosen, others, mask=mask, generator=generator)
        found = network(seen, kinds, _no_padding(texts), chosen=chosen)
        scores, pairs = found if isinstance(network, Pretraining) else (found, None)
        total, count = label_loss(scores, texts[chosen])
        parts = [(total, count.clamp(min=1))]
        if labels is not None and pairs is not None:
            parts.append(label_loss(pairs, labels[rows]))
        mean = add_means(parts)
        losses.append(mean.item())
        return mean

    train(
        *(model, torch.arange(len(tokens)), loss),
        steps=steps,
        batch=batch,
        learning_rate=learning_rate,
        schedule=schedule,
        generator=generator,
    )
    return losses


def learn_answers(
    model: nn.Module,
    tokens: Tensor,
    segments: Tensor | None,
    labels: Tensor,
    *,
    steps: int,
    batch: int = 20,
    learning_rate: float = 3e-3,
    schedule: Schedule | None = None,
    generator: Generator | None = None,
) -> None:
    """Fine-tune a model in place, with its encoder.

    Args:
        model: One of `dlnotes.bert.heads`.
        tokens: Texts, token 0 for padding, integers `(B, N)`.
        segments: Integers `(B, N)`; `None` for all 0, or for a model without.
        labels: See `answer_loss`.
        steps: How many.
        batch: Texts in a step.
        learning_rate: Of Adam.
        schedule: See `train`.
        generator: Source of the order; `None` means torch's global one.
    """
    check_module("model", model)
    checked = tokens if segments is None else segments
    given = {"tokens": tokens, "segments": checked, "labels": labels}
    for name, tensor in given.items():
        check_tensor(name, tensor)
    if tokens.shape != checked.shape or len(labels) != len(tokens):
        shapes = [tuple(x.shape) for x in (tokens, checked, labels)]
        raise ValueError(f"tokens, segments, labels must be of B texts, got {shapes}")

    def loss(network: nn.Module, rows: Tensor, _: int) -> Tensor:
        texts, kinds = tokens[rows], None if segments is None else segments[rows]
        found = network(texts, kinds, _no_padding(texts))
        return answer_loss(found, labels[rows])

    train(
        *(model, torch.arange(len(tokens)), loss),
        steps=steps,
        batch=batch,
        learning_rate=learning_rate,
        schedule=schedule,
        generator=generator,
    )


@half_to_single
def answer_loss(outputs: Outputs, labels: Tensor) -> Tensor:
    """Average the cross-entropy of any of the four uses.

    Args:
        outputs: Scores of classes, `(..., K)`, or scores of beginnings and of ends, two
            tensors `(B, N)`.
        labels: Classes, integers `(...)`, -100 where none is asked for; or first and
            last place of the answer, `(B, 2)`.

    Returns:
        A tensor with one element; for answers the sum of both parts.
    """
    _check_answers(outputs, labels)
    if isinstance(outputs, Tensor):
        total, count = label_loss(outputs, labels)
        return total / count.clamp(min=1)
    parts = zip(outputs, labels.unbind(-1), strict=True)
    return torch.stack([answer_loss(scores, places) for scores, places in parts]).sum()


@half_to_single
def share_right(outputs: Outputs, labels: Tensor, *, longest: int = 3) -> Tensor:
    """Tell how many answers are right.

    Args:
        outputs: See `answer_loss`.
        labels: See `answer_loss`.
        longest: Tokens of the longest span that may be the answer.

    Returns:
        A share from 0 to 1 of all that was asked, 0 if that is nothing; a span is right
        if all of its ends that are asked for are.
    """
    _check_answers(outputs, labels)
    if isinstance(outputs, Tensor):
        asked = labels != -100
        right = (outputs.argmax(-1) == labels) & asked
        return right.sum().to(outputs.dtype) / asked.sum().clamp(min=1)
    first, last, _ = best_span(*outputs, longest=longest)
    asked = labels != -100
    right = ((torch.stack([first, last], dim=-1) == labels) | ~asked).all(-1)
    asked = asked.any(-1)
    return (right & asked).sum().to(outputs[0].dtype) / asked.sum().clamp(min=1)


def _check_answers(outputs: Outputs, labels: Tensor) -> None:
    check_tensor("labels", labels)
    single = isinstance(outputs, Tensor)
    parts = (outputs,) if isinstance(outputs, Tensor) else outputs
    if not isinstance(parts, tuple | list) or not (single or len(parts) == 2):
        kind = type(parts).__name__
        raise TypeError(f"outputs must be a tensor or two of them, got {kind}")
    for scores in parts:
        check_floating("outputs", scores)
        if not scores.ndim or not scores.shape[-1]:
            raise ValueError(f"outputs must be (..., K), got {tuple(scores.shape)}")
    wanted = (*parts[0].shape[:-1], *(() if single else (2,)))
    if labels.shape != wanted:
        given = tuple(labels.shape)
        raise ValueError(f"labels must have shape {wanted}, got {given}")
    if labels.ndim:
        check_ids("labels", labels.where(labels != -100, 0), parts[0].shape[-1])


def _no_padding(texts: Tensor) -> Tensor | None:
    """Mask out padding; without any there is no mask, which is faster."""
    seen = texts > 0
    return None if seen.all() else seen
