"""Small modules of which the tests of the tracer are made."""

from collections.abc import Callable

from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.receptive_field.fields import clip
from dlnotes.receptive_field.measured import support
from dlnotes.receptive_field.tracer import trace


class Apply(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        """Apply it."""
        return self.function(x)


def chain(*parts) -> nn.Sequential:
    """Modules and functions in a row."""
    return nn.Sequential(*(p if isinstance(p, nn.Module) else Apply(p) for p in parts))


def conv(inputs=4, outputs=4, kernel=3, **options) -> nn.Conv2d:
    """A convolution that keeps the size of an image."""
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, **options)


def space_to_depth(x: Tensor, block: int = 2) -> Tensor:
    """Put the pixels of each block into the channels, by hand."""
    n, c, h, w = x.shape
    x = x.view(n, c, h // block, block, w // block, block).permute(0, 3, 5, 1, 2, 4)
    return x.contiguous().view(n, c * block**2, h // block, w // block)


def depth_to_space(x: Tensor, block: int = 2) -> Tensor:
    """Undo `space_to_depth`."""
    n, c, h, w = x.shape
    x = x.view(n, block, block, c // block**2, h, w).permute(0, 3, 4, 1, 5, 2)
    return x.contiguous().view(n, c // block**2, h * block, w * block)


def windows(x: Tensor, side: int = 4) -> Tensor:
    """Cut images into windows, `(B windows, side side, C)`."""
    pattern = "b c (h p) (w q) -> (b h w) (p q) c"
    return rearrange(x, pattern, p=side, q=side)


def reverse(x: Tensor, height: int, width: int, side: int = 4) -> Tensor:
    """Undo `windows`."""
    pattern = "(b h w) (p q) c -> b c (h p) (w q)"
    sizes = {"h": height // side, "w": width // side, "p": side, "q": side}
    return rearrange(x, pattern, **sizes)


def attention(tokens: Tensor) -> Tensor:
    """Attend to oneself, so evenly that no weight vanishes in rounding."""
    return F.scaled_dot_product_attention(tokens, tokens, tokens, scale=1e-6)


def compare(model: nn.Module, shape: tuple[int, ...], *, count: int = 8) -> int:
    """Compare trace and gradients at units along each axis, and return how many.

    Where a region is inside of the image they must be equal. At a border the trace
    includes padding, and what gradients show must be a part of it.
    """
    (output, *_) = trace(model, shape).outputs
    exact = 0
    for axis, units in enumerate(output.output):
        for unit in range(0, units, max(1, units // count)):
            place = [n // 2 for n in output.output]
            place[axis] = unit
            region = output.region(place)[axis]
            inner = clip(region, shape[2 + axis])
            ends = support(model, shape, place)[axis]
            if inner == region:
                exact += 1
                assert ends == region, (axis, unit)
            elif ends:
                assert inner, (axis, unit, ends)
                assert inner[0] <= ends[0] <= ends[1] <= inner[1], (axis, unit)
    return exact
