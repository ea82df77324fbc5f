"""Real networks from their description as data, to be run, trained and measured."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Generator, Tensor, nn

from dlnotes.blocks.checks import check_floating
from dlnotes.receptive_field.graphs import Parallel, Part
from dlnotes.receptive_field.layers import Layer, Transposed

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class Sum(nn.Module):
    """Branches that start at one place and are added up.

    Args:
        branches: One module for each.
    """

    def __init__(self, branches: Sequence[nn.Module]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        """Add the branches up."""
        check_floating("x", x)
        return torch.stack([branch(x) for branch in self.branches]).sum(0)


class Pad(nn.Module):
    """Zeros around the input.

    Args:
        widths: Before and after, for the last axis first, as torch has it.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.widths = tuple(widths)

    def forward(self, x: Tensor) -> Tensor:
        """Pad."""
        check_floating("x", x)
        return nn.functional.pad(x, self.widths)


def build(
    parts: Sequence[Part],
    *,
    axes: int = 2,
    channels: int = 1,
    activation: Callable[[], nn.Module] | None = None,
) -> nn.Sequential:
    """Build a network of convolutions without biases.

    Pooling becomes a convolution too; its receptive field is the same. All weights
    start equal, so that each layer averages its inputs.

    Args:
        parts: The parts from the input up; every axis gets the same.
        axes: 1, 2 or 3.
        channels: Channels of the input and of every layer.
        activation: Maker of what follows every convolution; nothing if not given.

    Returns:
        A network from `(B, channels, ...)` to `(B, channels, ...)`, float32.
    """
    if axes not in (1, 2, 3):
        raise ValueError(f"axes must be 1, 2 or 3, got {axes}")
    modules: list[nn.Module] = []
    for part in parts:
        if isinstance(part, Parallel):
            inner = [
                build(branch, axes=axes, channels=channels, activation=activation)
                for branch in part.branches
            ]
            modules.append(Sum(inner))
        else:
            modules += _layer(part, axes, channels)
            modules += [activation()] if activation else []
    return nn.Sequential(*modules)


def randomize(model: nn.Module, *, generator: Generator | None = None) -> None:
    """Draw all weights of a network from a normal distribution, in place.

    Args:
        model: Its weights get mean 0 and variance 2 over the number of inputs, as
            suits rectified units; for transposed convolutions the outputs are counted.
            Parameters with one axis, as biases, become 0.
        generator: Source of randomness; `None` means torch's global one.
    """
    with torch.no_grad():
        for weight in model.parameters():
            deviation = (2 / weight[0].numel()) ** 0.5 if weight.dim() > 1 else 0.0
            weight.normal_(generator=generator).mul_(deviation)


def _layer(part: Part, axes: int, channels: int) -> Iterator[nn.Module]:
    convolution: nn.Module
    match part:
        case Layer(kernel, stride, padding, dilation, end):
            if end not in (None, padding):
                yield Pad((padding, end or 0) * axes)
                padding = 0
            convolution = CONVOLUTIONS[axes - 1](
                *(channels, channels, kernel, stride, padding, dilation),
                bias=False,
                device="meta",
            )
        case Transposed(kernel, stride, padding, dilation, more):
            convolution = TRANSPOSED[axes - 1](
                *(channels, channels, kernel, stride, padding, more),
                bias=False,
                dilation=dilation,
                device="meta",
            )
        case _:
            raise TypeError(f"cannot build {part!r}")
    convolution = convolution.to_empty(device="cpu")
    with torch.no_grad():
        for weight in convolution.parameters():
            weight.fill_(1 / weight[0].numel())
    yield convolution
