"""Checks of dlnotes.receptive_field.moving: views and joins change no field."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.receptive_field.moving import RULES
from dlnotes.receptive_field.states import UnsupportedLayer
from dlnotes.receptive_field.tracer import trace

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


def test_concatenated_channels_see_what_any_of_them_sees():
    """Eq. (branches): as in Inception."""
    convolution = nn.Conv2d(4, 4, (1, 7), padding=(0, 3))
    model = Between(lambda x: torch.cat([x, convolution(x)], 1), channels=8)
    assert trace(model, IMAGE).size == (5, 15)


def test_gated_channels_keep_their_field():
    """Eq. (through): a gated linear unit halves the channels."""
    assert trace(Between(lambda x: F.glu(x, 1), channels=2), IMAGE).size == (5, 9)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: torch.cat([x, x], 2), "concatenates along an axis"),
        (lambda x: x.view(2, 4, 3, 4, 9), "cuts an axis of 12 positions"),
        (lambda x: x.flip(2), "moves the positions of an axis around"),
        (lambda x: x.roll(1, 3), "moves the positions of an axis around"),
        (lambda x: x.repeat(1, 1, 2, 1), "repeats the positions of an axis"),
        (lambda x: F.glu(x, 2), "folds an axis of the input in half"),
        (lambda x: x[..., None] - x.unsqueeze(3), "pairs every position"),
        (lambda x: x[:, :, torch.arange(12)], "has no rule"),
        (lambda x: torch.zeros_like(x)[:, :2].copy_(x[:, :2]), "writes into a part"),
    ],
)
def test_what_moves_positions_is_refused(function, message):
    with pytest.raises(UnsupportedLayer, match=message):
        trace(Between(function), IMAGE)


def test_every_rule_belongs_to_an_operation_of_torch():
    for name in RULES:
        assert hasattr(torch.ops.aten, name) or name in ("relu6", "hardtanh"), name
