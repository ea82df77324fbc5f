"""Random models of everything that moves positions, traced and measured.

Each operation knows for which shapes it can be used; the models are what comes out of
up to five of them in a row.
"""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from dlnotes.receptive_field.states import UnsupportedLayer
from dlnotes.receptive_field.tracer import trace
from tests.receptive_field.modules import (
    Apply,
    attention,
    compare,
    conv,
    depth_to_space,
    reverse,
    space_to_depth,
    windows,
)


def in_windows(function, h, w):
    return Apply(lambda x: reverse(function(windows(x)), h, w))


def divides(n, *sizes):
    return all(size % n == 0 for size in sizes)


# Each makes a module for channels, height and width, or says by `None` that it cannot.
OPERATIONS = {
    "convolution": lambda c, h, w: conv(c, 4),
    "strided": lambda c, h, w: conv(c, 4, stride=2),
    "even kernel": lambda c, h, w: nn.Conv2d(c, 4, 2),
    "depthwise": lambda c, h, w: conv(c, c, groups=c),
    "grouped": lambda c, h, w: conv(c, 4, groups=2) if divides(2, c) else None,
    "dilated": lambda c, h, w: nn.Conv2d(c, c, 3, padding=2, dilation=2, groups=c),
    "pooling": lambda c, h, w: nn.AvgPool2d(3, 2, 1),
    "transposed": lambda c, h, w: nn.ConvTranspose2d(c, 4, 3, 2, 1),
    "space to depth": lambda c, h, w: (
        Apply(space_to_depth) if divides(2, h, w) else None
    ),
    "depth to space": lambda c, h, w: Apply(depth_to_space) if divides(4, c) else None,
    "pixel shuffle": lambda c, h, w: nn.PixelShuffle(2) if divides(4, c) else None,
    "pixel unshuffle": lambda c, h, w: (
        nn.PixelUnshuffle(2) if divides(2, h, w) else None
    ),
    "channel shuffle": lambda c, h, w: (
        Apply(lambda x: F.channel_shuffle(x, 2)) if divides(2, c) else None
    ),
    "window attention": lambda c, h, w: (
        in_windows(attention, h, w) if divides(4, h, w) else None
    ),
    "window mean": lambda c, h, w: (
        in_windows(lambda x: x + x.mean(1, keepdim=True), h, w)
        if divides(4, h, w)
        else None
    ),
    "shift": lambda c, h, w: Apply(lambda x: x.roll((-2, 1), (2, 3))),
    "shift back": lambda c, h, w: Apply(lambda x: x.roll((2, -1), (2, 3))),
    "flip": lambda c, h, w: Apply(lambda x: x.flip(2)),
    "every other": lambda c, h, w: Apply(lambda x: x[..., 1::2, ::2]),
    "halves": lambda c, h, w: (
        Apply(lambda x: sum(x.chunk(2, 2))) if h % 2 == 0 else None
    ),
    "crop": lambda c, h, w: Apply(lambda x: x[..., 1:-1, 2:]) if h > 3 < w else None,
    "interleaved": lambda c, h, w: (
        Apply(lambda x: x.unflatten(2, (2, -1)).transpose(2, 3).flatten(2, 3))
        if divides(2, h)
        else None
    ),
    "overlapping windows": lambda c, h, w: (
        Apply(lambda x: x.unfold(2, 3, 2).mean(-1)) if h > 4 else None
    ),
    "unfold": lambda c, h, w: Apply(
        lambda x: F.unfold(x, 3, padding=1).unflatten(2, (h, w))
    ),
    "unfold and fold": lambda c, h, w: Apply(
        lambda x: F.fold(F.unfold(x, 3, padding=1), (h, w), 3, padding=1)
    ),
    "gate": lambda c, h, w: Apply(lambda x: x * x.mean((2, 3), keepdim=True)),
    "row attention": lambda c, h, w: Apply(
        lambda x: attention(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    ),
    "repeated pixels": lambda c, h, w: Apply(lambda x: x.repeat_interleave(2, 3)),
    # Halving has weights without rounding: what should be 0 is 0.
    "smooth resize": lambda c, h, w: (
        Apply(
            lambda x: F.interpolate(
                x, size=(h // 2, w), mode="bilinear", antialias=True
            )
        )
        if divides(2, h)
        else None
    ),
    "residual": lambda c, h, w: Apply(lambda x: x + F.avg_pool2d(x, 3, 1, 1)),
}


def built(names, shape):
    """A model of the operations that can be used, small enough to be measured."""
    model, x = nn.Sequential(conv()), torch.empty(shape, device="meta")
    for name in names:
        part = OPERATIONS[name](*x.shape[1:])
        if part is None:
            continue
        y = part.to("meta")(x)
        part.to_empty(device="cpu")
        if min(y.shape[2:]) >= 2 and y.shape[1:].numel() <= 20_000:
            model.append(part)
            x = y
    return model


@given(names=st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=1, max_size=5))
def test_traced_is_measured_or_refused_by_name(names):
    """Eq. (through), Eq. (support): equal within the image, a bound at its border."""
    shape = (1, 4, 24, 16)
    model = built(names, shape)
    try:
        trace(model, shape)
    except UnsupportedLayer as error:
        refused = str(error)
    else:
        refused = ""
        compare(model, shape)
    assert refused == "" or refused.startswith("layer '")
