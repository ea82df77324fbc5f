"""Checks of dlnotes.receptive_field._rules_moving: what moves positions about."""

import pytest
import torch
from einops.layers.torch import Rearrange
from torch import nn
from torch.nn import functional as F

from dlnotes.receptive_field._rules_moving import RULES
from dlnotes.receptive_field.states import UnsupportedLayer
from dlnotes.receptive_field.tracer import trace
from tests.receptive_field.modules import (
    Apply,
    attention,
    chain,
    compare,
    conv,
    depth_to_space,
    reverse,
    space_to_depth,
    windows,
)

IMAGE = (2, 4, 12, 9)


class Between(nn.Module):
    """A function between two convolutions of 3 x 5."""

    def __init__(self, function, channels=4):
        super().__init__()
        self.first = nn.Conv2d(4, 4, (3, 5), padding=(1, 2))
        self.function = function
        self.second = nn.Conv2d(channels, 4, (3, 5), padding=(1, 2))

    def forward(self, x):
        """Apply it."""
        return self.second(self.function(self.first(x)))


NEUTRAL = {
    "nothing": lambda x: x,
    "relu": torch.relu,
    "relu in place": lambda x: F.relu(x, inplace=True),
    "gelu": F.gelu,
    "hard swish": F.hardswish,
    "prelu": lambda x: F.prelu(x, torch.ones(1)),
    "leaky relu in place": lambda x: F.leaky_relu_(x),
    "dropout": lambda x: F.dropout(x, training=False),
    "clamp": lambda x: x.clamp(0, 6),
    "where": lambda x: torch.where(x > 0, x, 0.0),
    "a constant": lambda x: x + torch.ones(12, 9),
    "a sum": lambda x: x + 2 * x,
    "a product in place": lambda x: x.mul_(x),
    "flattened": lambda x: x.flatten(2).unflatten(2, (12, 9)),
    "tokens": lambda x: x.flatten(2).transpose(1, 2).transpose(1, 2).view(x.shape),
    "channels last": lambda x: x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2),
    "one more axis": lambda x: x.unsqueeze(3).squeeze(3),
    "joined with the batch": lambda x: x.reshape(8, 12, 9).reshape(2, 4, 12, 9),
    "channel shuffle": lambda x: F.channel_shuffle(x, 2),
    "shuffled by views": lambda x: x.view(2, 2, 2, 12, 9).transpose(1, 2).flatten(1, 2),
    "halves": lambda x: torch.cat(x.chunk(2, dim=1)[::-1], dim=1),
    "unbound channels": lambda x: torch.stack(x.unbind(1), dim=1),
    "other precision": lambda x: x.double().float(),
    "flipped channels": lambda x: x.flip(1),
    "rolled batch": lambda x: x.roll(1, 0),
    "a copy": lambda x: torch.empty_like(x).copy_(x),
    "expanded": lambda x: x.unsqueeze(1).expand(2, 3, 4, 12, 9)[:, 0],
    "repeated channels": lambda x: x.repeat(1, 2, 1, 1)[:, :4],
    "random zeros": lambda x: x * torch.zeros_like(x),
}


@pytest.mark.parametrize("name", NEUTRAL)
def test_operations_unit_by_unit_are_neutral(name):
    """Eq. (through): two convolutions of 3 x 5 see 5 x 9, whatever is between."""
    result = trace(Between(NEUTRAL[name]), IMAGE)
    assert result.size == (5, 9)
    assert result.start == (-2, -4)
    assert result.outputs[0].whole == (False, False)


def test_transposing_the_image_transposes_the_field():
    """Eq. (through): the first kernel counts along the other axis."""
    result = trace(Between(lambda x: x.transpose(2, 3)), IMAGE)
    assert result.size == (7, 7)


def test_gated_channels_keep_their_field():
    """Eq. (through): a gated linear unit halves the channels."""
    assert trace(Between(lambda x: F.glu(x, 1), channels=2), IMAGE).size == (5, 9)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: torch.cat([x, x], 2), "concatenates along an axis"),
        (lambda x: x.repeat(1, 1, 2, 1), "a dimension that mixes positions"),
        (lambda x: x.flatten(2)[..., 1:], "a dimension that mixes positions"),
        (lambda x: x.roll(1), "a dimension that mixes positions"),
        (lambda x: x + x.flip(2), "same jump, got -1 and 1 pixels"),
        (lambda x: x.view(2, 4, 27, 4), "splits 12 positions or channels unevenly"),
        (
            lambda x: torch.stack([x[:, :, 0], x[:, :, 1], x[:, :, 3]], 2),
            "stacks positions that are not in a row",
        ),
        (
            lambda x: torch.stack([x[:, :, 0, 0], x[:, :, 1, 1]], 2),
            "stacks positions that are not in a row",
        ),
        (
            lambda x: torch.stack([x[:, :, 0], x[:, :, 1], torch.ones(2, 4, 9)], 2),
            "stacks positions that are not in a row",
        ),
        (lambda x: torch.cat([x[:, :, :1], x[:, :, 5:6]], 2), "concatenates along"),
        (lambda x: x.view(torch.float16), "numbers of another size"),
        (lambda x: x[..., None] - x.unsqueeze(3), "pairs every position"),
        (lambda x: x[:, :, torch.arange(12)], "has no rule"),
        (lambda x: torch.zeros_like(x)[:, :2].copy_(x[:, :2]), "writes into a part"),
    ],
)
def test_what_moves_positions_is_refused(function, message):
    with pytest.raises(UnsupportedLayer, match=message):
        trace(Between(function), IMAGE)


SHAPE = (1, 4, 24, 16)
SPLIT = "b c (h p) (w q) -> b (h w) (p q c)"
MERGE = "b (h w) (p q c) -> b c (h p) (w q)"
BLOCKS = {"p": 2, "q": 2}
MOVED = {  # what comes after a convolution of 3 x 3
    "space to depth": [space_to_depth],
    "space to depth and a kernel": [space_to_depth, conv(16, 4)],
    "there and back": [space_to_depth, conv(16, 16), depth_to_space, conv()],
    "channel by channel": [space_to_depth, conv(16, 16, groups=16), depth_to_space],
    "depth to space": [depth_to_space, conv(1, 4)],
    "pixel shuffle": [nn.PixelShuffle(2), conv(1, 4)],
    "pixel unshuffle": [nn.PixelUnshuffle(2)],
    "patches": [
        Rearrange(SPLIT, **BLOCKS),
        nn.Linear(16, 16),
        Rearrange(MERGE, h=12, **BLOCKS),
    ],
    "attention in windows": [lambda x: x + reverse(attention(windows(x)), 24, 16)],
    "attention in shifted windows": [
        lambda x: x.roll((-2, -2), (2, 3)),
        lambda x: reverse(attention(windows(x)), 24, 16),
        lambda x: x.roll((2, 2), (2, 3)),
        conv(stride=2),
    ],
    "attention between windows": [
        Rearrange("b c (p h) (q w) -> (b h w) (p q) c", p=4, q=4),
        attention,
        Rearrange("(b h w) (p q) c -> b c (p h) (q w)", p=4, q=4, h=6, w=4),
    ],
    "attention along rows": [
        Rearrange("b c h w -> (b h) w c"),
        attention,
        Rearrange("(b h) w c -> b c h w", h=24),
    ],
    "attention over channels": [
        lambda x: (x @ x.transpose(-1, -2) * 1e-6).softmax(-1) @ x
    ],
    "a kernel in windows": [
        Rearrange("b c (h p) (w q) -> (b h w) c p q", p=4, q=4),
        conv(stride=2),
        Rearrange("(b h w) c p q -> b c (h p) (w q)", h=6, w=4),
        conv(),
    ],
    "unflatten and flatten": [lambda x: x.unflatten(2, (12, 2)).flatten(2, 3)],
    "chunks": [lambda x: sum(x.chunk(2, 2)), conv()],
    "a chunk": [lambda x: x.chunk(3, 2)[1], conv()],
    "chunks of shallow channels": [space_to_depth, lambda x: x.chunk(2, 1)[1]],
    "flip": [lambda x: x.flip(2, 3), conv(stride=2)],
    "flipped twice": [lambda x: x.flip(2), conv(4, 4, 2), lambda x: x.flip(2), conv()],
    "turned around": [lambda x: x.rot90(2, (2, 3)), conv(4, 4, 2)],
    "turned once and back": [
        lambda x: x.rot90(1, (2, 3)),
        nn.Conv2d(4, 4, (2, 3)),
        lambda x: x.rot90(-1, (2, 3)),
    ],
    "roll": [lambda x: x.roll((3, -1), (2, 3)), conv(stride=2)],
    "rolled there and back": [lambda x: x.roll(3, 2), conv(), lambda x: x.roll(-3, 2)],
    "strided slices": [lambda x: x[..., 1::2, ::3], conv()],
    "a crop": [lambda x: x[:, :, 5:-4, 2:], conv(), conv()],
    "four slices": [
        lambda x: torch.cat([x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)], 1),
        conv(16, 4),
    ],
    "overlapping windows": [lambda x: x.unfold(2, 5, 2).unfold(3, 3, 1).mean((-1, -2))],
    "windows side by side": [lambda x: x.unfold(2, 4, 4).unfold(3, 4, 4).amax((4, 5))],
    "unfolded": [
        lambda x: F.unfold(x, (3, 2), padding=(2, 0), stride=2, dilation=(2, 1)),
        lambda x: x.transpose(1, 2),
        nn.Linear(24, 4),
        lambda x: x.transpose(1, 2).unflatten(2, (12, 8)),
    ],
    "unfolded and folded": [
        lambda x: F.fold(F.unfold(x, 2, stride=2), (24, 16), 2, stride=2),
        conv(),
    ],
    "folded with overlap": [
        lambda x: F.unfold(x, 4, padding=1, stride=2).transpose(1, 2),
        nn.Linear(64, 64),
        lambda x: F.fold(x.transpose(1, 2), (24, 16), 4, padding=1, stride=2),
    ],
    "folded with dilation": [
        lambda x: F.fold(
            F.unfold(x, 3, dilation=2, padding=2), (24, 16), 3, dilation=2, padding=2
        )
    ],
    "repeated pixels": [lambda x: x.repeat_interleave(2, 2), conv()],
    "expanded pixels": [
        lambda x: x[:, :, :, None, :, None].expand(-1, -1, -1, 2, -1, 3),
        lambda x: x.reshape(1, 4, 48, 48),
    ],
    "tiles": [lambda x: x.tile(1, 1, 2, 1)],
    "interleaved halves": [Rearrange("b c (h p) w -> b c (p h) w", p=2), conv()],
    "gated halves": [lambda x: F.glu(x, 2), conv()],
    "gated shallow channels": [space_to_depth, lambda x: F.glu(x, 1)],
    "rows in a loop": [
        lambda x: torch.stack([r.relu() for r in x.unbind(2)], 2),
        conv(),
    ],
    "every other row in a loop": [
        lambda x: torch.stack([x[:, :, i] for i in range(1, 24, 2)], 2),
        conv(),
    ],
    "rows from below": [lambda x: torch.stack(x.unbind(2)[::-1], 2), conv()],
    "mean of a crop": [lambda x: x * x[:, :, :5].mean((2, 3), keepdim=True)],
    "one position for all": [lambda x: x + x[:, :, 4:5, 3:4], conv()],
    "softmax of shallow channels": [
        space_to_depth,
        lambda x: x * (x * 1e-3).softmax(1),
        depth_to_space,
    ],
    "shuffled shallow channels": [
        space_to_depth,
        lambda x: F.channel_shuffle(x, 4)[:, :8],
    ],
}


@pytest.mark.parametrize("name", MOVED)
def test_moved_positions_are_where_gradients_find_them(name):
    """Eq. (through), Eq. (support): behind a convolution, at units along each axis."""
    assert compare(chain(conv(), *MOVED[name]), SHAPE) > 0


def test_positions_that_return_keep_a_short_field():
    """Eq. (field): no trace of windows, shifts and flips is left."""
    for name in ("unflatten and flatten", "unfolded and folded"):
        (output,) = trace(chain(conv(), *MOVED[name][:1]), SHAPE).outputs
        assert [len(field.regions) for field in output.fields] == [1, 1]
    back = chain(lambda x: x.roll(5, 2).flip(2).roll(5, 2).flip(2))
    assert len(trace(back, SHAPE).outputs[0].fields[0].regions) == 1


def test_an_upside_down_map_has_a_negative_jump():
    """Eq. (field): unit 0 sees the last row."""
    (output,) = trace(Apply(lambda x: x.flip(2)), SHAPE).outputs
    assert output.jump == (-1, 1)
    assert output.region((0, 0)) == ((23, 23), (0, 0))


def test_every_rule_belongs_to_an_operation_of_torch():
    for name in RULES:
        assert hasattr(torch.ops.aten, name), name
