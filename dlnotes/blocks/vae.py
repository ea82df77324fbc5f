"""What a variational autoencoder needs, whatever its latent variables are."""

import math
from itertools import pairwise

from torch import Generator, Tensor, nn
from torch.nn import functional as F

from dlnotes.blocks.checks import check_floating, check_tensor, first_where, holds
from dlnotes.blocks.precision import widen_half


def mlp(*widths: int, generator: Generator | None = None) -> nn.Sequential:
    """Stack linear layers with a ReLU between them.

    Weights and biases start uniform within one over the square root of a layer's
    inputs, torch's own rule for linear layers, but from the given generator.

    Args:
        widths: Lengths of the input, of each hidden vector and of the output.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        A network from `(..., widths[0])` to `(..., widths[-1])`, float32. Between
        pixels and latent variables it serves as an encoder and as a decoder.
    """
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"widths must be two or more positive numbers, got {widths}")
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        linear = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
        bound = 1 / math.sqrt(inputs)
        for parameter in linear.parameters():
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


@widen_half
def bernoulli_log_likelihood(logits: Tensor, x: Tensor) -> Tensor:
    """Log-probability of binary images whose pixels are independent.

    Args:
        logits: The decoder's output, shape `(..., D)`: log-odds that a pixel is 1.
        x: Pixels, 0 or 1, of any dtype, shape `(..., D)`. Leading dimensions
            broadcast, so that several samples `(S, B, D)` can be scored against one
            batch `(B, D)`.

    Returns:
        Log-likelihoods in nats, summed over the pixels, shape `(...)`.

    Examples:
        >>> import torch
        >>> bernoulli_log_likelihood(torch.zeros(4), torch.tensor([0.0, 1.0, 1.0, 0.0]))
        tensor(-2.7726)
    """
    check_floating("logits", logits)
    check_tensor("x", x)
    if not logits.ndim or not x.ndim or logits.shape[-1] != x.shape[-1]:
        raise ValueError(
            "logits and x must have the same number of pixels, "
            f"got shapes {tuple(logits.shape)} and {tuple(x.shape)}"
        )
    binary = (x == 0) | (x == 1)
    if not holds(binary):
        odd = first_where(x, ~binary)
        raise ValueError(f"x must be 0 or 1, got {odd}: binarize the images first")
    return F.logsigmoid((2 * x.to(logits.dtype) - 1) * logits).sum(dim=-1)
