"""A training loop, how it deals out the data, and how fast it learns."""

import math
from collections.abc import Callable
from itertools import chain, islice, repeat
from typing import TypeVar

import torch
from torch import Generator, Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from dlnotes.blocks.checks import (
    check_count,
    check_module,
    check_positive,
    check_tensor,
)

Model = TypeVar("Model", bound=nn.Module)
Schedule = Callable[[int, int], float]


def train(
    model: Model,
    data: Tensor,
    loss: Callable[[Model, Tensor, int], Tensor],
    *,
    steps: int,
    batch: int = 100,
    learning_rate: float = 2e-3,
    schedule: Schedule | None = None,
    generator: Generator | None = None,
) -> None:
    """Train a model in place with Adam.

    Args:
        model: Has parameters to train; its mode stays as it is.
        data: Shape `(N, ...)`; row numbers where there are several tensors.
        loss: Maps the model, a batch of rows `(B, ...)` and the number of steps taken
            so far to a scalar.
        steps: Number of steps, 0 or more. The data are dealt out anew as often as it
            takes.
        batch: Rows `B` in a step; the last one of a pass may have fewer.
        learning_rate: Adam's step size.
        schedule: Scales it, by the number of steps taken so far and that of all steps,
            such as `rise_and_fall`; by default it stays.
        generator: Source of the order of the rows; `None` means torch's global one.
    """
    check_module("model", model)
    check_tensor("data", data)
    check_count("steps", steps, least=0)
    check_positive("learning_rate", learning_rate)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    scheduler = None
    if schedule is not None and steps:
        scheduler = LambdaLR(optimizer, lambda step: schedule(step, steps))
    passes = (minibatches(data, batch, generator=generator) for _ in repeat(None))
    for step, rows in enumerate(islice(chain.from_iterable(passes), steps)):
        optimizer.zero_grad()
        torch.autograd.backward(loss(model, rows, step))
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def minibatches(
    data: Tensor, size: int, *, generator: Generator | None = None
) -> tuple[Tensor, ...]:
    """Deal out the rows of a data set once, in random order.

    Several tensors are dealt out together by way of their row numbers:
    `for rows in minibatches(torch.arange(len(images)), 100)`.

    Args:
        data: Shape `(N, ...)`.
        size: Rows `B` in a batch.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Batches of shape `(B, ...)`; the last one is smaller when `B` does not
        divide `N`.
    """
    check_count("size", size)
    check_tensor("data", data)
    if not data.ndim or not len(data):
        raise ValueError(f"data must have rows, got shape {tuple(data.shape)}")
    order = torch.randperm(len(data), generator=generator)
    return torch.split(data[order.to(data.device)], size)


def rise_and_fall(step: int, steps: int) -> float:
    """Scale the learning rate of a step: a line up, then half a cosine down.

    Args:
        step: How many steps were taken before, from 0 on.
        steps: All steps; the first tenth of them is for the rise.

    Returns:
        A factor from 0 to 1: 0 where all steps were taken, and at the largest rate 1 or
        a little less.

    Examples:
        >>> [round(rise_and_fall(step, 20), 2) for step in (0, 1, 10, 19)]
        [0.5, 1.0, 0.54, 0.01]
    """
    check_count("step", step, least=0)
    check_count("steps", steps)
    rise = max(steps / 10, 1)
    if step + 1 < rise:
        return (step + 1) / rise
    fallen = (step + 1 - rise) / (steps + 1 - rise)
    return (1 + math.cos(math.pi * min(fallen, 1))) / 2
