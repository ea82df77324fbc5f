"""Checks of dlnotes.receptive_field._rules_mixing: what combines a whole dimension."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.receptive_field._rules_mixing import RULES
from dlnotes.receptive_field.tracer import trace

IMAGE = (2, 4, 12, 9)


class After(nn.Module):
    """A function after a convolution of 3 x 5."""

    def __init__(self, function):
        super().__init__()
        self.convolution = nn.Conv2d(4, 4, (3, 5), padding=(1, 2))
        self.function = function

    def forward(self, x):
        """Apply it."""
        return self.function(self.convolution(x))


def attention(x):
    tokens = x.flatten(2).transpose(1, 2)  # (B, H W, C)
    return F.scaled_dot_product_attention(tokens, tokens, tokens)


def multihead(x):
    torch_attention = nn.MultiheadAttention(4, 2, batch_first=True).eval()
    tokens = x.flatten(2).transpose(1, 2)
    return tokens + torch_attention(tokens, tokens, tokens)[0]


def squeeze_and_excite(x):
    return x * x.mean((2, 3), keepdim=True).sigmoid()


def response_normalization(x):
    norm = torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True)
    return x * norm + x


LOCAL = {
    "linear over channels": lambda x: F.linear(x.transpose(1, 3), torch.ones(5, 4)),
    "layer norm over channels": lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (4,)),
    "batch norm": nn.BatchNorm2d(4),
    "softmax over channels": lambda x: x.softmax(1),
    "mean over channels": lambda x: x.mean(1),
    "largest channel": lambda x: x.max(1).values,
    "which channel": lambda x: x.argmax(1, keepdim=True),
    "local response norm": nn.LocalResponseNorm(3),
    "channels by matrix": lambda x: torch.einsum("bchw,dc->bdhw", x, torch.ones(3, 4)),
    "variance over the batch": lambda x: x.var(0),
}
GATED = {
    "squeeze and excitation": squeeze_and_excite,
    "global response normalization": response_normalization,
    "group norm": nn.GroupNorm(2, 4),
    "instance norm": nn.InstanceNorm2d(4),
    "layer norm over positions": lambda x: F.layer_norm(x, (4, 12, 9)),
    "softmax over positions": lambda x: x.flatten(2).softmax(-1).view(x.shape),
    "batch norm by the batch": nn.BatchNorm2d(4, track_running_stats=False),
    "attention": attention,
    "multihead attention": multihead,
}
ENTIRE = {
    "mean": lambda x: x.mean((2, 3)),
    "mean of all": lambda x: x.mean(),
    "largest": lambda x: x.amax((2, 3), keepdim=True),
    "flattened and linear": lambda x: F.linear(x.flatten(1), torch.ones(3, 432)),
    "sum by matrix": lambda x: torch.einsum("bchw,chw->b", x, torch.ones(4, 12, 9)),
    "deviation": lambda x: x.std((-2, -1)),
    "logsumexp": lambda x: x.logsumexp((2, 3)),
}


@pytest.mark.parametrize("name", LOCAL)
def test_mixing_channels_is_neutral(name):
    """Eq. (through): the field stays that of the convolution."""
    result = trace(After(LOCAL[name]), IMAGE)
    assert result.size == (3, 5)
    assert result.outputs[0].whole == (False, False)


@pytest.mark.parametrize("name", GATED)
def test_statistics_see_all_besides_the_local_field(name):
    """Eq. (through): the local field stays, and the whole input is marked."""
    (output,) = trace(After(GATED[name]), IMAGE).outputs
    assert output.size == (3, 5)
    assert output.whole == (True, True)
    assert output.entire == (False, False)


@pytest.mark.parametrize("name", ENTIRE)
def test_mixing_positions_leaves_no_local_field(name):
    """Eq. (through): one unit that sees the whole input along both axes."""
    (output,) = trace(After(ENTIRE[name]), IMAGE).outputs
    assert output.size == (12, 9)
    assert output.entire == (True, True)


def test_one_axis_can_be_lost_without_the_other():
    """Eq. (through): a mean over the columns keeps the rows."""
    (output,) = trace(After(lambda x: x.mean(3)), IMAGE).outputs
    assert output.size == (3, 9)
    assert output.entire == (False, True)
    rows = torch.ones(7, 12)
    (output,) = trace(After(lambda x: rows @ x), IMAGE).outputs
    assert output.entire == (True, False)


def test_attention_over_channels_sees_all_by_its_weights():
    """Eq. (through): the products of channels sum over positions."""

    def function(x):
        tokens = x.flatten(2)  # (B, C, H W)
        weights = (tokens @ tokens.transpose(1, 2)).softmax(-1)
        return (weights @ tokens).view(x.shape)

    (output,) = trace(After(function), IMAGE).outputs
    assert output.size == (3, 5)
    assert output.whole == (True, True)
    assert output.output == (12, 9)


def test_notes_say_why():
    notes = [row.note for row in trace(After(nn.GroupNorm(2, 4)), IMAGE).rows]
    assert "its statistics span many positions" in notes
    notes = [row.note for row in trace(After(attention), IMAGE).rows]
    assert "every position meets every other" in notes


def test_every_rule_belongs_to_an_operation_of_torch():
    for name in RULES:
        assert hasattr(torch.ops.aten, name), name
