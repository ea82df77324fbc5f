"""Checks of dlnotes.flexible_vit.counts."""

import pytest
import torch
from torch import nn
from transformers import (
    DeiTConfig,
    DeiTForImageClassificationWithTeacher,
    SwinConfig,
    SwinForImageClassification,
)

from dlnotes.flexible_vit.counts import (
    SWIN_SIZES,
    distilled_parameter_count,
    swin_parameter_count,
)
from dlnotes.flexible_vit.windows import WindowLayer
from dlnotes.vit.model import VisionTransformer


def numbers_in(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


@pytest.mark.parametrize("kind", SWIN_SIZES)
def test_a_network_of_windows_has_the_parameters_of_the_closed_form(kind):
    """Eq. (swin-parameters), by the peer's network and by layers of our own."""
    dim, depths, heads = SWIN_SIZES[kind].values()
    found = swin_parameter_count(dim, depths, heads, 7, classes=1000)
    number = [heads * 2**k for k in range(4)]
    sizes = {"embed_dim": dim, "depths": list(depths), "num_heads": number}
    with torch.device("meta"):
        peer = SwinForImageClassification(SwinConfig(**sizes, num_labels=1000))
        widths = [dim * 2**k for k in range(4)]
        parts = [nn.Conv2d(3, dim, 4, 4), nn.LayerNorm(dim), nn.LayerNorm(widths[3])]
        parts.append(nn.Linear(widths[3], 1000))
        for k, depth in enumerate(depths):
            parts += [WindowLayer(widths[k], number[k], 7) for _ in range(depth)]
        for width in widths[:3]:
            parts += [nn.LayerNorm(4 * width), nn.Linear(4 * width, 2 * width, False)]
    assert found == numbers_in(peer) == numbers_in(*parts)


def test_the_published_number_of_the_smallest_network_of_windows():
    """Eq. (swin-parameters): that of the checkpoint of timm."""
    assert swin_parameter_count(96, (2, 2, 6, 2), 3, 7, classes=1000) == 28_288_354
    with pytest.raises(ValueError, match="depths"):
        swin_parameter_count(96, (), 3, 7, classes=1000)


def test_a_distilled_network_has_the_parameters_of_the_closed_form():
    """Eq. (distilled-parameters), by the peer's network and by one of our own."""
    found = distilled_parameter_count(196, 16, 768, 12, classes=1000)
    with torch.device("meta"):
        config = DeiTConfig(num_labels=1000)
        peer = DeiTForImageClassificationWithTeacher(config)
        model = VisionTransformer(224, 16, dim=768, depth=12, heads=12)
        token, code, head = torch.empty(768), torch.empty(768), nn.Linear(768, 1000)
    own = numbers_in(model, head) + token.numel() + code.numel()
    assert found == numbers_in(peer) == own == 87_338_192
