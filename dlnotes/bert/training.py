"""Training on texts without labels, and then with a few."""

from functools import partial

import torch
from torch import Generator, Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from dlnotes.bert.heads import TextClassifier
from dlnotes.bert.masking import choose_bernoulli, corrupt
from dlnotes.bert.pretraining import MaskedLanguageModel, label_loss
from dlnotes.blocks.checks import check_count, check_module, check_positive, check_rate
from dlnotes.blocks.trainer import Trainer
from dlnotes.blocks.training import rise_and_fall


def learn_texts(
    model: MaskedLanguageModel,
    rows: Tensor,
    *,
    special: int,
    mask: int,
    steps: int,
    batch: int = 32,
    ratio: float = 0.15,
    learning_rate: float = 5e-3,
    generator: Generator | None = None,
) -> Trainer:
    """Learn to fill in hidden words, in place, with new masks in every step.

    AdamW with a small weight decay; the rate rises over a tenth of the steps and falls
    like a cosine.

    Args:
        model: The encoder with its head for words.
        rows: Texts, token 0 for padding, shape `(R, N)`.
        special: How many of the first tokens are special; they are never chosen.
        mask: Number of the mask token.
        steps: Number of steps.
        batch: Rows in a step, drawn with replacement.
        ratio: Share of the tokens to hide, each by itself.
        learning_rate: The largest one.
        generator: Source of rows and masks; `None` means torch's global one.

    Returns:
        The trainer, whose `history` has the losses.
    """
    check_module("model", model)
    check_rate("ratio", ratio)
    check_count("steps", steps)
    check_count("batch", batch)
    check_positive("learning_rate", learning_rate)
    vocabulary = len(model.body.embedding.words)
    check_count("special", special, least=0, most=vocabulary - 1)

    def draw(source: Generator) -> tuple[Tensor, Tensor, Tensor]:
        ids = rows[torch.randint(len(rows), (batch,), generator=source)]
        others = torch.randint(special, vocabulary, ids.shape, generator=source)
        return ids, others, torch.rand(2, *ids.shape, generator=source).movedim(0, 1)

    def loss(
        network: nn.Module, ids: Tensor, others: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        chosen = choose_bernoulli(ids >= special, ratio, noise=noise[:, 0])
        hidden = corrupt(ids, chosen, others, mask=mask, noise=noise[:, 1])
        return label_loss(network(hidden, None, ids > 0, chosen=chosen), ids[chosen])

    optimizer, schedule = _optimizer(model, learning_rate, steps)
    trainer = Trainer(
        *(model, optimizer, draw, loss), schedule=schedule, generator=generator
    )
    trainer.run(steps)
    return trainer


def learn_labels(
    model: TextClassifier,
    tokens: Tensor,
    mask: Tensor,
    labels: Tensor,
    *,
    steps: int,
    batch: int = 32,
    learning_rate: float = 2e-3,
    generator: Generator | None = None,
) -> Trainer:
    """Fine-tune a classifier of texts in place, by the same recipe.

    Args:
        model: Body and head; all parameters are trained.
        tokens: Shape `(B, N)`.
        mask: True but for padding, shape `(B, N)`.
        labels: Integers, shape `(B,)`.
        steps: Number of steps.
        batch: Texts in a step, drawn with replacement.
        learning_rate: The largest one.
        generator: Source of the batches; `None` means torch's global one.

    Returns:
        The trainer, whose `history` has the losses.
    """
    check_module("model", model)
    check_count("steps", steps)
    check_count("batch", batch)
    check_positive("learning_rate", learning_rate)

    def draw(source: Generator) -> tuple[Tensor, Tensor, Tensor]:
        rows = torch.randint(len(tokens), (batch,), generator=source)
        return tokens[rows], mask[rows], labels[rows]

    def loss(
        network: nn.Module, ids: Tensor, seen: Tensor, wanted: Tensor
    ) -> tuple[Tensor, Tensor]:
        return label_loss(network(ids, None, seen), wanted)

    optimizer, schedule = _optimizer(model, learning_rate, steps)
    trainer = Trainer(
        *(model, optimizer, draw, loss), schedule=schedule, generator=generator
    )
    trainer.run(steps)
    return trainer


def _optimizer(model: nn.Module, rate: float, steps: int) -> tuple[AdamW, LambdaLR]:
    momenta = (0.9, 0.98)  # a shorter memory than Adam's, for few steps
    weights = model.parameters()
    optimizer = AdamW(weights, rate, betas=momenta, weight_decay=0.01, fused=True)
    return optimizer, LambdaLR(optimizer, partial(rise_and_fall, steps=steps))
