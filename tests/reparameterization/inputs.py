"""Small tensors for the canonical calls."""

import torch


def numbers(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def meta(*shape: int) -> torch.Tensor:
    return torch.empty(shape, device="meta")


LOC = numbers(0.5, -1.0, 2.0)
SCALE = numbers(0.25, 1.0, 2.5)
NOISE = numbers(0.5, -1.25, 2.0, -0.125, 0.75, 1.5).reshape(2, 3)
LOGITS = numbers(-0.75, 0.25, 1.5)
UNIFORM = numbers(0.125, 0.5, 0.875, 0.75, 0.25, 0.625).reshape(2, 3)
ROWS = numbers(1.0, 4.0, -2.0, 0.5, 3.0, 0.25).reshape(3, 2)
SAME = torch.full((3,), 2.0, dtype=torch.float64)
HUGE, TINY = numbers(1e12, -1e12, 3.0), numbers(1e-12, -1e-12, 3e-12)
