"""Checks of dlnotes.flexible_vit.rotary."""

import torch
from transformers import PixtralVisionConfig
from transformers.models.pixtral import modeling_pixtral as peer

from dlnotes.flexible_vit.rotary import rotate_places

ROWS = torch.tensor([0, 0, 1, 3], dtype=torch.float64)
COLUMNS = torch.tensor([0, 2, 1, 5], dtype=torch.float64)


def test_products_depend_on_offsets_alone(rng):
    """Eq. (rotary): moving both tokens changes no score, and lengths stay."""
    query, key = torch.randn(2, 4, 8, dtype=torch.float64, generator=rng())
    turned = [rotate_places(x, ROWS, COLUMNS) for x in (query, key)]
    moved = [rotate_places(x, ROWS + 7, COLUMNS - 3) for x in (query, key)]
    torch.testing.assert_close(turned[0] @ turned[1].T, moved[0] @ moved[1].T)
    torch.testing.assert_close(turned[0].norm(dim=-1), query.norm(dim=-1))
    assert (turned[0] @ turned[1].T - query @ key.T).abs().max() > 0.1


def test_it_turns_as_pixtral_does(rng):
    """Eq. (rotary), in single precision."""
    config = PixtralVisionConfig(
        hidden_size=32, num_attention_heads=4, image_size=64, patch_size=8
    )
    x = torch.randn(1, 4, 4, 8, generator=rng())
    places = torch.stack([ROWS, COLUMNS])[None].long()
    cos, sin = peer.PixtralVisionRotaryEmbedding(config)(x, places)
    wanted, _ = peer.apply_rotary_pos_emb(x, x, cos, sin)
    torch.testing.assert_close(rotate_places(x, ROWS, COLUMNS), wanted)
