"""Speed of the tracer, beside a package that runs the model to find its fields.

The peer is optional, and right on chains only. To compare, install it aside:

    pip install --target PEERS --no-deps torchscan==0.1.2
    PYTHONPATH=PEERS python -m pytest benchmarks/bench_receptive_field.py

Version 0.2 of it composes no fields any more, and torchvision is not needed.
"""

import warnings
from collections.abc import Callable
from importlib.util import find_spec

import pytest
import torch
from torch import nn

from dlnotes.receptive_field.building import build
from dlnotes.receptive_field.chains import closed_form
from dlnotes.receptive_field.graphs import follow
from dlnotes.receptive_field.layers import Layer
from dlnotes.receptive_field.networks import resnet, vgg
from dlnotes.receptive_field.tracer import trace

DEEP = resnet((3, 8, 36, 3), bottleneck=True)
MODELS = {  # parts, channels, side of the image
    "1000 layers": ([Layer(3, padding=1)] * 1000, 4, 64),
    "VGG-16": (vgg(), 64, 224),
    "ResNet-152": (DEEP, 64, 224),
}


def model(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    parts, channels, side = MODELS[name]
    network = build(parts, channels=channels, activation=nn.ReLU).eval()
    return network, (channels, side, side)


def with_peer(network: nn.Module, shape: tuple[int, ...]) -> object:
    from torchscan.crawler import crawl_module

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of containers
        return crawl_module(network, shape)


def with_dlnotes(network: nn.Module, shape: tuple[int, ...]) -> object:
    return trace(network, (1, *shape))


TRACERS = {"dlnotes": with_dlnotes}
if find_spec("torchscan"):
    TRACERS["torchscan 0.1.2"] = with_peer


@pytest.mark.parametrize("tracer", TRACERS)
@pytest.mark.parametrize("name", MODELS)
def test_trace(benchmark: Callable, name: str, tracer: str) -> None:
    network, shape = model(name)
    benchmark.group = f"receptive field of {name}"
    benchmark.pedantic(TRACERS[tracer], (network, shape), rounds=5, warmup_rounds=1)


def test_formula(benchmark: Callable) -> None:
    """The formulas alone, on the thousand layers."""
    benchmark.group = "receptive field of 1000 layers"
    assert benchmark(closed_form, MODELS["1000 layers"][0]) == 2001


def test_follow(benchmark: Callable) -> None:
    """The description as data, with its branches."""
    benchmark.group = "receptive field of ResNet-152"
    assert benchmark(follow, DEEP).size == 1451
