"""Checks of dlnotes.receptive_field._rules_joining: sums, stacks, matrix products."""

import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.receptive_field._rules_joining import RULES
from dlnotes.receptive_field.measured import support
from dlnotes.receptive_field.tracer import trace
from tests.receptive_field.modules import chain, conv

SHAPE = (1, 4, 24, 16)


class Beside(nn.Module):
    """The channels of a map and those of another one made of it."""

    def __init__(self, other):
        super().__init__()
        self.other = other

    def forward(self, x):
        """Concatenate."""
        return torch.cat([x, self.other(x)], 1)


def test_concatenated_channels_see_what_any_of_them_sees():
    """Eq. (branches): as in Inception."""
    convolution = nn.Conv2d(4, 4, (1, 7), padding=(0, 3))
    model = chain(nn.Conv2d(4, 4, (3, 5)), Beside(convolution), nn.Conv2d(8, 4, (3, 5)))
    assert trace(model, SHAPE).size == (5, 15)


def test_parts_of_concatenated_channels_count_as_seeing_what_all_saw():
    """Eq. (branches): a bound, since channels share one field."""
    model = chain(Beside(conv(4, 4, 5)), lambda x: x[:, :4])
    assert trace(model, SHAPE).size == (5, 5)
    assert support(model, SHAPE, (9, 9)) == ((9, 9), (9, 9))


def test_masks_are_not_looked_at():
    """Eq. (through): attention to oneself alone counts as attention to all."""
    mask = torch.eye(24 * 16, dtype=torch.bool)

    def function(x):
        tokens = x.flatten(2).transpose(1, 2)
        return F.scaled_dot_product_attention(tokens, tokens, tokens, attn_mask=mask)

    model = chain(function, lambda x: x.transpose(1, 2).unflatten(2, (24, 16)))
    assert trace(model, SHAPE).outputs[0].whole == (True, True)
    assert support(model, SHAPE, (9, 9)) == ((9, 9), (9, 9))


def test_what_all_units_see_besides_is_reported():
    """Eq. (through): five rows of a crop, and not the whole image."""
    (output,) = trace(
        chain(conv(), lambda x: x * x[:, :, :5].mean((2, 3), keepdim=True)), SHAPE
    ).outputs
    assert output.common[0].region(3) == (0, 5)
    assert (output.whole, output.entire) == ((False, True), (False, False))
    assert output.size == (3, 3)


def test_a_bias_of_the_input_is_joined():
    """Eq. (branches): as the first argument of a product of matrices."""

    def function(x):
        rows = x.mean((1, 3))  # (B, H)
        return torch.addmm(rows[:, 20:22], torch.ones(1, 3), torch.ones(3, 2))

    (output,) = trace(chain(function), SHAPE).outputs
    assert output.fields[0].region(0) == (20, 20)


def test_every_rule_belongs_to_an_operation_of_torch():
    for name in RULES:
        assert hasattr(torch.ops.aten, name) or name in ("relu6", "hardtanh"), name
