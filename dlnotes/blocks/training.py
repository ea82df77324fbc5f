"""A training loop, and how it deals out the data."""

from collections.abc import Callable
from itertools import chain, islice, repeat
from typing import TypeVar

import torch
from torch import Generator, Tensor, nn

from dlnotes.blocks.checks import check_count, check_module, check_positive

Model = TypeVar("Model", bound=nn.Module)


def train(
    model: Model,
    data: Tensor,
    loss: Callable[[Model, Tensor, int], Tensor],
    *,
    steps: int,
    batch: int = 100,
    learning_rate: float = 2e-3,
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
        generator: Source of the order of the rows; `None` means torch's global one.
    """
    check_module("model", model)
    check_count("steps", steps, least=0)
    check_positive("learning_rate", learning_rate)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    passes = (minibatches(data, batch, generator=generator) for _ in repeat(None))
    for step, rows in enumerate(islice(chain.from_iterable(passes), steps)):
        optimizer.zero_grad()
        torch.autograd.backward(loss(model, rows, step))
        optimizer.step()


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
    if not data.ndim or not len(data):
        raise ValueError(f"data must have rows, got shape {tuple(data.shape)}")
    order = torch.randperm(len(data), generator=generator)
    return torch.split(data[order.to(data.device)], size)
