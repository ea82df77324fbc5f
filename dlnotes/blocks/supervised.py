"""Learning of classes from inputs that are several tensors, also nested ones."""

from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from dlnotes.blocks.checks import check_count, check_module, check_tensor
from dlnotes.blocks.training import train


def take_rows(values: Any, rows: Tensor) -> Any:
    """Take rows of all tensors in tuples, lists and named tuples.

    Args:
        values: Tensors with one first dimension, nested; what is `None` stays.
        rows: Their numbers, int64, or a slice.

    Returns:
        The same with these rows alone.

    Examples:
        >>> take_rows((torch.arange(4), [None, torch.ones(4, 2)]), torch.tensor([3, 0]))
        (tensor([3, 0]), [None, tensor([[1., 1.],
                [1., 1.]])])
    """
    if isinstance(values, Tensor):
        return values[rows]
    if isinstance(values, tuple | list):
        parts = [take_rows(value, rows) for value in values]
        return (
            type(values)(*parts) if hasattr(values, "_fields") else type(values)(parts)
        )
    if values is not None:
        raise TypeError(f"values must be tensors, got a {type(values).__name__}")
    return None


def learn_classes(
    model: nn.Module,
    inputs: Any,
    labels: Tensor,
    *,
    steps: int,
    batch: int = 32,
    learning_rate: float = 2e-3,
    generator: Generator | None = None,
) -> None:
    """Train a model in place, in train mode, to tell classes; then leave this mode.

    Args:
        model: Maps its inputs to scores, classes last.
        inputs: A tuple of all that it gets, as in `take_rows`.
        labels: Of each row, or of each entry of it, `(N, ...)`; -1 does not count.
        steps: Number of steps.
        batch: Rows in a step.
        learning_rate: Adam's step size.
        generator: Source of the order of the rows; `None` means torch's global one.
    """
    check_module("model", model)
    check_tensor("labels", labels)

    def loss(model: nn.Module, rows: Tensor, _: int) -> Tensor:
        scores = model(*take_rows(inputs, rows))
        wanted = labels[rows].flatten()
        return F.cross_entropy(scores.flatten(0, -2), wanted, ignore_index=-1)

    sizes: dict[str, Any] = {"steps": steps, "batch": batch}
    sizes |= {"learning_rate": learning_rate, "generator": generator}
    train(model.train(), torch.arange(len(labels)), loss, **sizes)
    model.eval()


def find_classes(
    model: nn.Module, inputs: Any, count: int, *, batch: int = 64
) -> Tensor:
    """Let a model tell the classes of rows, a batch at a time, without gradients.

    Args:
        model: Maps its inputs to scores, classes last; its mode stays as it is.
        inputs: A tuple of all that it gets, as in `take_rows`.
        count: How many rows there are, `N`.
        batch: Rows at a time.

    Returns:
        The class with the largest score of each row, or of each entry of it, int64.
    """
    check_module("model", model)
    check_count("count", count)
    check_count("batch", batch)
    found = []
    with torch.no_grad():
        for rows in torch.split(torch.arange(count), batch):
            found.append(model(*take_rows(inputs, rows)).argmax(-1))
    return torch.cat(found)
