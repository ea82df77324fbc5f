"""Checks of dlnotes.receptive_field.networks against published tables."""

import re
from pathlib import Path

import pytest

from dlnotes.receptive_field import networks
from dlnotes.receptive_field.building import build
from dlnotes.receptive_field.graphs import follow
from dlnotes.receptive_field.tracer import trace

EARLY = {"bottleneck": True, "stride_in_first": True}
KNOWN = {
    "alexnet": networks.alexnet(),
    "vgg-16": networks.vgg(),
    "mobilenet": networks.mobilenet_v1(),
    "resnet-50": networks.resnet((3, 4, 6, 3), **EARLY),
    "resnet-101": networks.resnet((3, 4, 23, 3), **EARLY),
    "inception-v3": networks.inception_v3(),
    "resnet-152": networks.resnet((3, 8, 36, 3), **EARLY),
}
PAGE = Path(__file__).parents[2] / "docs/notes/receptive_field.md"
LINE = re.compile(
    r'(?m)^\|.*measured\("receptive_field/padding-([\w-]+)"\).* \| (.*) \|$'
)


@pytest.mark.parametrize("name", networks.PUBLISHED)
def test_published_fields_come_out(name):
    """Eq. (branches): field, jump, and padding where the padding is the same."""
    field = follow(KNOWN[name])
    found = {"field": field.size, "jump": field.jump, "padding": -field.start}
    for kind, value in networks.PUBLISHED[name].items():
        assert found[kind] == value, kind


def test_the_page_shows_the_published_values_and_no_others():
    """The column "published", typed by hand, is the table of the module."""
    column = dict(LINE.findall(PAGE.read_text("utf-8")))
    assert len(column) == 15
    for name, cell in column.items():
        values = networks.PUBLISHED.get(name, {}).values()
        assert cell == (", ".join(map(str, values)) or "—"), name


def test_the_place_of_the_stride_matters():
    """Eq. (branches): a later stride leaves each 3 x 3 at the finer resolution."""
    depths = (3, 4, 6, 3)
    early = follow(networks.resnet(depths, bottleneck=True, stride_in_first=True))
    late = follow(networks.resnet(depths, bottleneck=True))
    # In three blocks a kernel of 3 moves below a stride of 2, at jumps 4, 8 and 16:
    # its two extra pixels shrink from 2 jumps of 8, 16, 32 to half of that.
    assert early.size - late.size == 2 * (4 + 8 + 16)
    assert (early.size, late.size) == (483, 427)


def test_the_last_layer_before_the_pooling_of_vgg_sees_196():
    """Eq. (branches): the pooling adds one pixel at a jump of 16."""
    assert follow(networks.vgg()[:-1]).size == 196


@pytest.mark.parametrize(
    ("network", "size"),
    [
        (networks.vgg((2, 2, 4, 4, 4)), 268),
        (networks.resnet((2, 2, 2, 2), bottleneck=False), 435),
        (networks.resnet((3, 4, 6, 3), bottleneck=False), 899),
        (networks.mobilenet_v2(), 491),
        (networks.efficientnet_b0(), 851),
        (networks.densenet(), 2071),
        (networks.unet(), 204),
    ],
)
def test_the_sizes_of_the_other_networks_do_not_change(network, size):
    """Eq. (branches): gradients confirm them in the tests of `building`."""
    assert follow(network).size == size


@pytest.mark.parametrize(
    ("network", "image", "last"),
    [
        (networks.alexnet(), 224, 5),  # no padding before the first kernel
        (networks.vgg(), 224, 7),
        (networks.resnet((3, 4, 6, 3), bottleneck=True), 224, 7),
        (networks.resnet((2, 2, 2, 2), bottleneck=False), 224, 7),
        (networks.googlenet(), 224, 7),
        (networks.inception_v3(), 299, 8),
        (networks.mobilenet_v1(), 224, 7),
        (networks.mobilenet_v2(), 224, 7),
        (networks.efficientnet_b0(), 224, 7),
        (networks.densenet(), 224, 7),
        (networks.unet(), 224, 224),
    ],
)
def test_the_last_map_has_the_published_size(network, image, last):
    """Eq. (output-size): what the papers' own tables say."""
    (output,) = trace(build(network), (1, 1, image, image)).outputs
    assert output.output == (last, last)


def test_a_u_net_returns_to_single_pixels():
    """Eq. (field): jump 1, and sixteen kinds of units that take turns."""
    field = follow(networks.unet())
    assert field.jump == 1
    assert len(field.regions) == 16
    assert len({last - first for first, last in field.regions}) > 1
