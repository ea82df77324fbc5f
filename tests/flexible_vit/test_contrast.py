"""Checks of dlnotes.flexible_vit.contrast."""

import math

import torch
from torch.nn import functional as F
from transformers import SiglipConfig, SiglipModel

from dlnotes.flexible_vit.contrast import sigmoid_loss


def test_the_loss_is_a_sum_over_pairs(rng):
    """Eq. (sigmoid-loss), by a loop."""
    images, texts = F.normalize(
        torch.randn(2, 5, 3, dtype=torch.float64, generator=rng()), dim=-1
    )
    total = 0.0
    for i in range(5):
        for j in range(5):
            sign = 1 if i == j else -1
            score = sign * (10 * float(images[i] @ texts[j]) - 10)
            total += math.log1p(math.exp(-score)) / 5
    torch.testing.assert_close(sigmoid_loss(images, texts).item(), total)


def test_the_loss_is_that_of_transformers_with_slopes(rng):
    """Eq. (sigmoid-loss): small random towers, learned scale and offset."""
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    sizes["num_attention_heads"] = 2
    text = {**sizes, "vocab_size": 20, "max_position_embeddings": 6}
    vision = {**sizes, "image_size": 16, "patch_size": 8}
    model = SiglipModel(SiglipConfig(text_config=text, vision_config=vision)).eval()
    words = torch.randint(20, (4, 6), generator=rng())
    pixels = torch.randn(4, 3, 16, 16, generator=rng(1))
    peer = model(words, pixels, return_loss=True)
    peer.loss.backward()
    scale = model.logit_scale.detach().clone().squeeze().requires_grad_()
    offset = model.logit_bias.detach().clone().squeeze().requires_grad_()
    images, texts = peer.image_embeds.detach(), peer.text_embeds.detach()
    found = sigmoid_loss(images, texts, log_scale=scale, offset=offset)
    found.backward()
    torch.testing.assert_close(found, peer.loss)
    torch.testing.assert_close(scale.grad, model.logit_scale.grad.squeeze())
    torch.testing.assert_close(offset.grad, model.logit_bias.grad.squeeze())


def test_the_printed_sign_starts_ten_times_as_high(rng):
    """Eq. (sigmoid-loss): with the other sign of the offset all pairs seem true."""
    images, texts = F.normalize(torch.randn(2, 64, 256, generator=rng()), dim=-1)
    code = sigmoid_loss(images, texts)
    printed = sigmoid_loss(images, texts, offset=10.0)
    assert printed > 10 * code
