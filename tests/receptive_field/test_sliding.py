"""Checks of dlnotes.receptive_field.sliding: every rule against gradients."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.receptive_field.fields import clip
from dlnotes.receptive_field.measured import support
from dlnotes.receptive_field.sliding import RULES
from dlnotes.receptive_field.states import UnsupportedLayer
from dlnotes.receptive_field.tracer import trace


class Call(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        """Apply it."""
        return self.function(x)


def resize(**options):
    return Call(lambda x: F.interpolate(x, **options))


LINE, IMAGE, VOLUME = (1, 4, 24), (1, 4, 24, 18), (1, 4, 12, 10, 8)
LAYERS = {
    "conv1d": (nn.Conv1d(4, 2, 3, 2, 1, 2), LINE),
    "conv2d": (nn.Conv2d(4, 2, (3, 5), (2, 1), (0, 2), (1, 2)), IMAGE),
    "conv3d": (nn.Conv3d(4, 2, (3, 1, 2)), VOLUME),
    "grouped": (nn.Conv2d(4, 4, 3, groups=4), IMAGE),
    "same": (nn.Conv2d(4, 2, 4, padding="same", dilation=2), IMAGE),
    "valid": (nn.Conv2d(4, 2, 4, padding="valid"), IMAGE),
    "transposed 1d": (nn.ConvTranspose1d(4, 2, 4, 2, 1), LINE),
    "transposed 2d": (nn.ConvTranspose2d(4, 2, (3, 2), (2, 3), 1, 1), IMAGE),
    "transposed, dilated": (nn.ConvTranspose1d(4, 2, 3, 2, 1, dilation=3), LINE),
    "average pooling": (nn.AvgPool2d(3, 2, 1), IMAGE),
    "average pooling 1d": (nn.AvgPool1d(3), LINE),
    "average pooling 3d": (nn.AvgPool3d((2, 1, 3)), VOLUME),
    "maximum pooling": (nn.MaxPool2d((3, 2), dilation=(2, 1)), IMAGE),
    "maximum pooling 1d": (nn.MaxPool1d(3, 2), LINE),
    "maximum pooling 3d": (nn.MaxPool3d(2), VOLUME),
    "pooling by ceil": (nn.MaxPool2d(3, 2, ceil_mode=True), IMAGE),
    "power pooling": (nn.LPPool2d(1, 2), IMAGE),
    "adaptive pooling": (nn.AdaptiveAvgPool2d((7, 6)), IMAGE),
    "adaptive pooling 1d": (nn.AdaptiveAvgPool1d(5), LINE),
    "adaptive maximum": (nn.AdaptiveMaxPool2d((24, 4)), IMAGE),
    "nearest": (nn.Upsample(scale_factor=2), IMAGE),
    "nearest 1d": (resize(size=15), LINE),
    "nearest 3d": (nn.Upsample(scale_factor=(2, 1, 3)), VOLUME),
    "linear": (resize(scale_factor=3, mode="linear"), LINE),
    "bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), IMAGE),
    "bilinear, corners": (
        resize(size=(47, 9), mode="bilinear", align_corners=True),
        IMAGE,
    ),
    "trilinear": (nn.Upsample(scale_factor=2, mode="trilinear"), VOLUME),
    "bicubic": (nn.Upsample(scale_factor=2, mode="bicubic"), IMAGE),
    "rounded sizes": (resize(scale_factor=1.3, mode="linear"), LINE),
    "zero padding": (nn.ZeroPad2d((1, 2, 3, 4)), IMAGE),
    "cropping": (nn.ZeroPad2d((-1, -2, -3, -4)), IMAGE),
    "pixel shuffle": (nn.PixelShuffle(2), IMAGE),
    "pixel unshuffle": (nn.PixelUnshuffle(3), IMAGE),
    "slice": (Call(lambda x: x[..., 3:20:2]), LINE),
    "slice from the end": (Call(lambda x: x[..., -9:]), LINE),
    "slice from before the start": (Call(lambda x: x[..., -99:]), LINE),
    "split": (Call(lambda x: x.split(7, dim=-1)[1]), LINE),
    "split with sizes": (Call(lambda x: x.split([5, 19], dim=-1)[1]), LINE),
    "chunk of channels": (Call(lambda x: x.chunk(2, dim=1)[1]), IMAGE),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_rule_agrees_with_gradients_at_every_unit(name):
    """Eq. (through), Eq. (support): exact inside of the image, a bound at its border.

    Alone and behind another layer, at eight units along each axis.
    """
    layer, shape = LAYERS[name]
    first = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(shape) - 3](4, 4, 3, padding=1)
    exact = 0
    for model in (nn.Sequential(layer), nn.Sequential(first, layer)):
        (output,) = trace(model, shape).outputs
        pairs = zip(output.fields, output.output, strict=True)
        for axis, (field, units) in enumerate(pairs):
            for unit in range(0, units, max(1, units // 8)):
                place = [n // 2 for n in output.output]
                place[axis] = unit
                ends = support(model, shape, place)[axis]
                region = field.region(unit)
                inner = clip(region, shape[2 + axis])
                if inner == region:
                    exact += 1
                    assert ends == region
                elif ends:
                    assert inner[0] <= ends[0] <= ends[1] <= inner[1]
    assert exact > 5


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_with_pixels_counts_as_padding(mode):
    """Eq. (through): the same field in every mode, with a note where it matters."""
    layer = nn.Conv2d(4, 2, (3, 5), padding=(1, 2), padding_mode=mode)
    result = trace(layer, IMAGE)
    assert result.size == (3, 5)
    assert result.start == (-1, -2)
    assert support(layer, IMAGE) == ((11, 13), (7, 11))
    if mode != "circular":
        assert "repeats pixels from the border" in result.rows[0].note


def test_sizes_of_a_layer_stand_in_its_row():
    row = trace(nn.Conv2d(4, 2, (3, 5), (2, 1), (0, 2), (1, 2)), IMAGE).rows[0]
    assert (row.kernel, row.stride) == ((3, 5), (2, 1))
    assert (row.padding, row.dilation) == ((0, 2), (1, 2))
    assert row.output == (11, 14)
    pool = trace(nn.MaxPool2d(3), IMAGE).rows[0]
    assert (pool.kernel, pool.stride, pool.padding) == ((3, 3), (3, 3), (0, 0))


def test_pooling_over_everything_is_marked():
    row = trace(nn.AdaptiveAvgPool2d(1), IMAGE).rows[0]
    assert (row.size, row.jump) == ((24, 18), (0, 0))
    assert (row.whole, row.entire) == ((True, True), (True, True))
    assert trace(nn.AdaptiveAvgPool2d((1, None)), IMAGE).outputs[0].entire == (
        True,
        False,
    )
    row = trace(nn.AdaptiveMaxPool2d((7, 18)), IMAGE).rows[0]
    assert row.note == "depends on the size of the input: 24 to 7"


def test_a_picked_position_sees_the_same_wherever_it_is_asked():
    model = nn.Sequential(nn.Conv1d(4, 4, 3), Call(lambda x: x[..., 5]))
    assert trace(model, LINE).outputs[0].fields[0].region(9) == (5, 7)
    model = nn.Sequential(nn.Conv1d(4, 4, 3), Call(lambda x: x.unbind(-1)[-1]))
    assert trace(model, LINE).outputs[0].fields[0].region(0) == (21, 23)


def test_what_slides_over_something_else_is_refused():
    for kernel, shape in ((3, (4, 24, 18)), (2, (4, 2, 18))):
        with pytest.raises(
            UnsupportedLayer, match="a dimension that is not followed: give"
        ):
            trace(nn.Conv2d(4, 2, kernel), shape)
    tokens = nn.Sequential(nn.Flatten(2), nn.Conv1d(4, 4, 3))
    with pytest.raises(UnsupportedLayer, match="in a dimension that mixes positions"):
        trace(tokens, IMAGE)


def test_weights_that_depend_on_the_input_are_refused():
    dynamic = Call(lambda x: F.conv1d(x, x.mean(-1, keepdim=True).view(1, 4, 1)))
    with pytest.raises(UnsupportedLayer, match="computes the weights of a convolution"):
        trace(dynamic, LINE)


def test_every_rule_belongs_to_an_operation_of_torch():
    for name in RULES:
        assert hasattr(torch.ops.aten, name), name
