"""Training with labels."""

import torch
from torch import Generator, Tensor
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from dlnotes.bert.heads import TextClassifier
from dlnotes.bert.pretraining import label_loss
from dlnotes.blocks.checks import check_count, check_module, check_positive


def learn_labels(
    model: TextClassifier,
    tokens: Tensor,
    mask: Tensor,
    labels: Tensor,
    *,
    steps: int,
    batch: int = 32,
    learning_rate: float = 1e-3,
    generator: Generator | None = None,
) -> None:
    """Fine-tune a classifier of texts in place.

    AdamW with the paper's weight decay; the rate rises over a tenth of the steps and
    falls to 0.

    Args:
        model: Body and head; all parameters are trained.
        tokens: Shape `(B, N)`.
        mask: True but for padding, shape `(B, N)`.
        labels: Integers, shape `(B,)`.
        steps: Number of steps.
        batch: Texts in a step, drawn with replacement.
        learning_rate: The largest one.
        generator: Source of the batches; `None` means torch's global one.
    """
    check_module("model", model)
    check_count("steps", steps)
    check_count("batch", batch)
    check_positive("learning_rate", learning_rate)
    optimizer = AdamW(model.parameters(), weight_decay=0.01, fused=True)
    schedule = OneCycleLR(optimizer, learning_rate, total_steps=steps, pct_start=0.1)
    for _ in range(steps):
        rows = torch.randint(len(tokens), (batch,), generator=generator)
        logits = model(tokens[rows], None, mask[rows])
        loss = torch.div(*label_loss(logits, labels[rows]))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
