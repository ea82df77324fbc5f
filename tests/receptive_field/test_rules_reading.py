"""Checks of dlnotes.receptive_field._rules_reading and _rules_resizing."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.receptive_field import _rules_reading, _rules_resizing
from dlnotes.receptive_field.measured import support
from dlnotes.receptive_field.states import UnsupportedLayer
from dlnotes.receptive_field.tracer import trace
from tests.receptive_field.modules import Apply, chain, compare, conv


def resize(**options):
    return Apply(lambda x: F.interpolate(x, **options))


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
    "nearest exact": (resize(size=(9, 30), mode="nearest-exact"), IMAGE),
    "nearest exact 1d": (resize(scale_factor=1.5, mode="nearest-exact"), LINE),
    "nearest exact 3d": (resize(size=(5, 6, 7), mode="nearest-exact"), VOLUME),
    "rounded sizes": (resize(scale_factor=1.3, mode="linear"), LINE),
    "zero padding": (nn.ZeroPad2d((1, 2, 3, 4)), IMAGE),
    "cropping": (nn.ZeroPad2d((-1, -2, -3, -4)), IMAGE),
    "pixel shuffle": (nn.PixelShuffle(2), IMAGE),
    "pixel unshuffle": (nn.PixelUnshuffle(3), IMAGE),
    "slice": (Apply(lambda x: x[..., 3:20:2]), LINE),
    "slice from the end": (Apply(lambda x: x[..., -9:]), LINE),
    "slice from before the start": (Apply(lambda x: x[..., -99:]), LINE),
    "split": (Apply(lambda x: x.split(7, dim=-1)[1]), LINE),
    "split with sizes": (Apply(lambda x: x.split([5, 19], dim=-1)[1]), LINE),
    "chunk of channels": (Apply(lambda x: x.chunk(2, dim=1)[1]), IMAGE),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_rule_agrees_with_gradients_at_every_unit(name):
    """Eq. (through), Eq. (support): exact inside of the image, a bound at its border.

    Alone and behind another layer, at eight units along each axis.
    """
    layer, shape = LAYERS[name]
    first = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(shape) - 3](4, 4, 3, padding=1)
    exact = compare(chain(layer), shape) + compare(chain(first, layer), shape)
    assert exact > 5


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("size", [(12, 9), (6, 36), (24, 18), (3, 72)])
def test_antialiased_resizing_agrees_with_gradients(mode, aligned, size):
    """Eq. (antialiased-window): by halves and doubles, whose weights are not rounded.

    With aligned corners torch keeps the step of the corners and not their place, which
    no other size divides as well.
    """
    options = {"mode": mode, "antialias": True, "align_corners": aligned}
    if aligned:
        size = (24, 18)
    compare(chain(conv(), resize(size=size, **options)), IMAGE, count=24)


def test_antialiased_corners_are_placed_as_torch_places_them():
    """Eq. (antialiased-window): from 9 to 5 the corners are steps of 2 apart."""
    model = chain(
        resize(size=(5, 5), mode="bilinear", antialias=True, align_corners=True)
    )
    result = trace(model, (1, 1, 9, 9))
    assert result.jump == (2, 2)
    assert compare(model, (1, 1, 9, 9)) > 0


@pytest.mark.parametrize("size", [(1, 1), (7, 1), (1, 9)])
@pytest.mark.parametrize("aligned", [False, True])
def test_a_single_pixel_is_enlarged_to_what_it_sees(size, aligned):
    """Eq. (linear-window): wherever it is asked, as in pyramid pooling."""
    options = {"mode": "bilinear", "align_corners": aligned}
    model = chain(nn.Conv2d(4, 4, (24, 18)), resize(size=size, **options))
    (output,) = trace(model, IMAGE).outputs
    assert output.region((0, 0)) == ((0, 23), (0, 17))
    assert output.entire == (True, True)
    single = chain(conv(), resize(size=(1, 1), **options))
    compare(single, IMAGE)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_with_pixels_counts_as_padding(mode):
    """Eq. (through): the same field in every mode, with a note where it matters."""
    layer = nn.Conv2d(4, 2, (3, 5), padding=(1, 2), padding_mode=mode)
    result = trace(layer, IMAGE)
    assert result.size == (3, 5)
    assert result.start == (-1, -2)
    assert support(layer, IMAGE) == ((11, 13), (7, 11))
    if mode != "circular":
        assert "repeats pixels of the inside" in result.rows[0].note


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


def test_what_slides_over_something_else_is_refused():
    for kernel, shape in ((3, (4, 24, 18)), (2, (4, 2, 18))):
        with pytest.raises(
            UnsupportedLayer, match="a dimension that is not followed: give"
        ):
            trace(nn.Conv2d(4, 2, kernel), shape)
    tokens = nn.Sequential(nn.Flatten(2), nn.Conv1d(4, 4, 3))
    with pytest.raises(UnsupportedLayer, match="in a dimension that mixes positions"):
        trace(tokens, IMAGE)


def test_a_dimension_of_length_one_need_not_be_followed():
    """Eq. (through): a line that is stored as an image."""
    (output,) = trace(nn.Conv2d(4, 2, 3, padding=1), (1, 4, 1, 9), axes=[3]).outputs
    assert output.size == (3,)


def test_resizing_says_in_which_direction():
    notes = {
        (48, 18): "enlarges",
        (48, 9): "",
        (12, 18): "shrinks",
        (12, 35): "shrinks",
    }
    for size, note in notes.items():
        assert trace(resize(size=size), IMAGE).rows[0].note == note


def test_padding_by_keywords_is_followed_too():
    """Eq. (through): in circles, as without them."""
    function = Apply(lambda x: F.pad(input=x, pad=(1, 1, 2, 2), mode="circular"))
    result = trace(function, IMAGE)
    assert result.outputs[0].start == (-2, -1)
    assert result.rows[0].padding == (2, 1)


def test_weights_that_depend_on_the_input_are_refused():
    for function in (
        lambda x: F.conv1d(x, x.mean(-1, keepdim=True).view(1, 4, 1)),
        lambda x: F.conv1d(x, torch.ones(1, 4, 1), x.mean((0, 1, 2)).view(1)),
    ):
        with pytest.raises(UnsupportedLayer, match="computes the weights of a conv"):
            trace(Apply(function), LINE)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_a_window_that_repeats_its_border_is_refused(mode):
    """Its pixels come from inside of the image, which no padding tells."""

    def function(x):
        x = x.unflatten(2, (6, 4)).movedim(2, 0).flatten(0, 1)
        return F.pad(x, (0, 0, 1, 1), mode=mode)

    with pytest.raises(UnsupportedLayer, match="the border of a part of the positions"):
        trace(Apply(function), IMAGE)


def test_channels_mix_within_their_group_only():
    """Eq. (through): of four pixels in the channels, a depthwise kernel reads one."""
    sizes = {1: (6, 6), 4: (6, 6), 8: (5, 6), 16: (5, 5)}  # 8: two pixels of a row
    for groups, size in sizes.items():
        inner = conv(16, 16, groups=groups)
        model = chain(nn.PixelUnshuffle(2), inner, nn.PixelShuffle(2))
        assert trace(model, IMAGE).size == size, groups
        compare(model, IMAGE)


def test_every_rule_belongs_to_an_operation_of_torch():
    for name in {**_rules_reading.RULES, **_rules_resizing.RULES}:
        assert hasattr(torch.ops.aten, name) or name == "circular_pad", name
