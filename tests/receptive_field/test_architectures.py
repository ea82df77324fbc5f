"""The tracer against gradients, on networks that somebody else wrote.

The models are those of transformers, narrow and with random weights, and as deep as
published where that is what matters.
"""

import logging
from fractions import Fraction

import pytest
import transformers as t

from dlnotes.receptive_field.fields import clip
from dlnotes.receptive_field.measured import support
from dlnotes.receptive_field.states import UnsupportedLayer
from dlnotes.receptive_field.tracer import trace
from tests.receptive_field.modules import compare

logging.getLogger("transformers").setLevel(logging.ERROR)

EIGHT = {"embedding_size": 4, "hidden_sizes": [8, 8, 8, 8]}
SHALLOW = {"hidden_sizes": [8, 8, 8, 8], "depths": [1, 1, 2, 1]}
STAGES = {"hidden_sizes": [8, 8, 8, 8], "depths": [1, 1, 1, 1]}
HEADS = {"num_attention_heads": [1, 1, 2, 2]}


def resnet(depths, **options):
    return t.ResNetModel(t.ResNetConfig(**EIGHT, depths=depths, **options))


def mobile(kind, **options):
    config = getattr(t, f"MobileNet{kind}Config")
    model = getattr(t, f"MobileNet{kind}Model")
    return model(config(depth_multiplier=0.25, min_depth=2, **options))


def regnet(layer_type):
    shape = {"depths": [1, 2, 2, 1], "groups_width": 4, "layer_type": layer_type}
    return t.RegNetModel(t.RegNetConfig(**EIGHT, **shape))


def bit():
    widths = {"embedding_size": 32, "hidden_sizes": [32, 32, 32, 32]}
    return t.BitModel(t.BitConfig(**widths, depths=[1, 2, 2, 1], num_groups=2))


def hgnet():
    widths = {"embedding_size": 4, "hidden_sizes": [4, 4, 4, 4]}
    stages = {f"stage_{part}_channels": [4] * 4 for part in ("in", "mid", "out")}
    config = t.HGNetV2Config(stem_channels=[3, 4, 4], **stages, **widths)
    return t.HGNetV2Backbone(config)


def efficientnet():
    config = {"width_coefficient": 0.25, "depth_coefficient": 1.0, "hidden_dim": 320}
    return t.EfficientNetModel(t.EfficientNetConfig(**config))


def levit():
    widths = {"hidden_sizes": [16, 16, 16], "key_dim": [4, 4, 4]}
    heads = {"num_attention_heads": [1, 1, 1], "depths": [1, 1, 1]}
    return t.LevitModel(t.LevitConfig(image_size=256, **widths, **heads))


LOCAL = {  # model, height of the input, field; the jump is 32
    "ResNet-18": (lambda: resnet([2, 2, 2, 2], layer_type="basic"), 640, 435),
    "ResNet-50, late stride": (lambda: resnet([3, 4, 6, 3]), 640, 427),
    "ResNet-50, early stride": (
        lambda: resnet([3, 4, 6, 3], downsample_in_bottleneck=True),
        *(640, 483),
    ),
    "ResNet-101, early stride": (
        lambda: resnet([3, 4, 23, 3], downsample_in_bottleneck=True),
        *(1184, 1027),
    ),
    "MobileNetV1": (lambda: mobile("V1", tf_padding=False), 512, 315),
    "MobileNetV1, padded as in TensorFlow": (lambda: mobile("V1"), 512, 315),
    "MobileNetV2": (lambda: mobile("V2", tf_padding=False), 640, 491),
    "ConvNeXt": (lambda: t.ConvNextModel(t.ConvNextConfig(**SHALLOW)), 640, 488),
    "RegNet-X": (lambda: regnet("x"), 256, 111),
    "HGNetV2": (hgnet, 2400, 2131),
    "TextNet": (lambda: t.TextNetModel(t.TextNetConfig()), 512, 299),
    "BiT, but for its normalization": (bit, 256, 123),
    "PoolFormer, but for its normalization": (
        lambda: t.PoolFormerModel(t.PoolFormerConfig(**SHALLOW)),
        *(384, 215),
    ),
}
WHOLE = {  # model, side of the input, local field
    "ConvNeXt V2": (lambda: t.ConvNextV2Model(t.ConvNextV2Config(**SHALLOW)), 96, 488),
    "EfficientNet-B0": (efficientnet, 96, 851),
    "RegNet-Y": (lambda: regnet("y"), 160, 111),
    "SegFormer": (
        lambda: t.SegformerModel(t.SegformerConfig(**STAGES, **HEADS)),
        *(96, 183),
    ),
    "PVTv2": (lambda: t.PvtV2Model(t.PvtV2Config(**STAGES, **HEADS)), 96, 183),
    "GLPN": (lambda: t.GLPNModel(t.GLPNConfig(**STAGES, **HEADS)), 96, 183),
    "SwiftFormer": (
        lambda: t.SwiftFormerModel(
            t.SwiftFormerConfig(embed_dims=[8, 8, 8, 8], depths=[1, 1, 1, 1])
        ),
        *(96, 183),
    ),
}
NARROW = {"embed_dim": 8, "depths": [2, 1], "num_heads": [1, 2], "window_size": 4}
SWIN2SR = {"embed_dim": 8, "depths": [1], "num_heads": [1], "window_size": 4}
MOBILE = {"hidden_sizes": [16, 16, 16], "neck_hidden_sizes": [8] * 6 + [16]}
WINDOWED = {  # model, side of the input, field, jump; all units are compared
    "Swin, one block": (
        lambda: t.SwinBackbone(t.SwinConfig(**{**NARROW, "depths": [1, 1]})),
        *(64, 32, 8),
    ),
    "Swin, padded windows": (
        lambda: t.SwinBackbone(t.SwinConfig(**{**NARROW, "depths": [1, 1]})),
        *(72, 32, 8),
    ),
    "Swin, shifted windows": (
        lambda: t.SwinBackbone(t.SwinConfig(image_size=64, **NARROW)),
        *(64, 64, 8),
    ),
    "Swin V2": (
        lambda: t.Swinv2Backbone(t.Swinv2Config(image_size=64, **NARROW)),
        *(64, 64, 8),
    ),
    "MaskFormer": (
        lambda: t.MaskFormerSwinBackbone(
            t.MaskFormerSwinConfig(image_size=64, **NARROW)
        ),
        *(64, 64, 8),
    ),
    "Swin2SR": (
        lambda: t.Swin2SRForImageSuperResolution(
            t.Swin2SRConfig(image_size=32, **SWIN2SR)
        ),
        *(32, 18, Fraction(1, 2)),
    ),
    "MobileViT": (
        lambda: t.MobileViTModel(t.MobileViTConfig(image_size=64, **MOBILE)),
        *(64, 307, 32),
    ),
}
REFUSED = {  # model, message
    "ViT": (
        lambda: t.ViTModel(t.ViTConfig(image_size=64, num_hidden_layers=1)),
        r"'embeddings' \(ViTEmbeddings, cat\) concatenates along an axis",
    ),
    "PVT": (
        lambda: t.PvtModel(t.PvtConfig(image_size=64, **STAGES, **HEADS)),
        r"\(PvtPatchEmbeddings, cat\) concatenates along an axis",
    ),
    "CvT": (
        lambda: t.CvtModel(t.CvtConfig(embed_dim=[8, 24, 48])),
        r"cat\) concatenates along an axis",
    ),
    "SuperPoint": (
        lambda: t.SuperPointForKeypointDetection(t.SuperPointConfig()),
        r"'keypoint_decoder' \(\w+, nonzero\) cannot run without data",
    ),
}


@pytest.mark.parametrize("name", LOCAL)
def test_local_networks_see_exactly_what_their_gradients_show(name):
    """Eq. (through), Eq. (support): one unit in the middle, away from the border."""
    make, height, size = LOCAL[name]
    model, shape = make(), (1, 3, height, 64)
    result = trace(model, shape)
    assert (result.size, result.jump) == ((size, size), (32, 32))
    rows, columns = result.outputs[0].fields
    unit = [n // 2 for n in result.outputs[0].output]
    region = rows.region(unit[0])
    assert clip(region, height) == region, "the image must be higher than the field"
    assert support(model, shape, unit) == (region, clip(columns.region(unit[1]), 64))


@pytest.mark.parametrize("name", WHOLE)
def test_gates_and_attention_are_seen_to_see_all(name):
    """Eq. (through), Eq. (support): marked, and gradients reach every pixel."""
    make, side, size = WHOLE[name]
    model, shape = make(), (1, 3, side, side)
    result = trace(model, shape)
    output = result.outputs[0]
    assert (output.size, output.whole) == ((size, size), (True, True))
    assert output.entire == (False, False)
    unit = [n // 2 for n in output.output]
    assert support(model, shape, unit) == ((0, side - 1),) * 2


@pytest.mark.parametrize("name", WINDOWED)
def test_windows_of_an_image_are_taken_apart_and_put_together(name):
    """Eq. (through), Eq. (support): views, permutations and rolls, at every unit."""
    make, side, size, jump = WINDOWED[name]
    model, shape = make(), (1, 3, side, side)
    result = trace(model, shape)
    assert (result.size, result.jump) == ((size, size), (jump, jump))
    compare(model, shape)


def test_normalizations_over_positions_are_marked():
    """Eq. (through): group normalization does not hide the local field."""
    for name in (
        "BiT, but for its normalization",
        "PoolFormer, but for its normalization",
    ):
        assert trace(LOCAL[name][0](), (1, 3, 96, 96)).outputs[0].whole == (True, True)


def test_tokens_keep_their_place():
    """Eq. (through): LeViT flattens its map, drops every other token and attends."""
    map_of_tokens, pooled = trace(levit(), (1, 3, 256, 256)).outputs
    assert (map_of_tokens.size, map_of_tokens.jump) == ((31, 31), (64, 64))
    assert (map_of_tokens.whole, pooled.entire) == ((True, True), (True, True))


def test_modulation_by_a_mean_is_marked():
    """Eq. (through): FocalNet adds a global mean to its focal windows."""
    config = t.FocalNetConfig(image_size=64, embed_dim=8, depths=[1, 1, 1, 1])
    (tokens, _) = trace(t.FocalNetModel(config), (1, 3, 512, 512)).outputs[:2]
    assert (tokens.size, tokens.jump) == ((392, 392), (32, 32))
    assert (tokens.whole, tokens.entire) == ((True, True), (False, False))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_supported_says_where(name):
    """The message names the layer, its class and the operation."""
    make, message = REFUSED[name]
    with pytest.raises(UnsupportedLayer, match=message):
        trace(make(), (1, 3, 64, 64))
