"""How far a statistic of draws may be from what it should be."""

import math

import torch
from torch import Tensor

SIGMAS = 5  # a correct result fails one comparison in about two million
REJECT = 1e-4  # a correct sampler has a smaller p-value once in ten thousand seeds


def within(
    samples: Tensor, expected: Tensor | float, *, sigmas: float = SIGMAS
) -> bool:
    """Whether the mean of independent draws is where it should be.

    Args:
        samples: Independent draws along the first dimension, `(S, ...)`.
        expected: Their mean, a number or `(...)`.
        sigmas: How many standard errors the mean may be away, in each entry.
    """
    samples = samples.detach().double()
    error = samples.std(0) / math.sqrt(len(samples))
    off = (samples.mean(0) - torch.as_tensor(expected, dtype=torch.float64)).abs()
    return bool((off <= sigmas * error).all())
