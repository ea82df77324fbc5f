"""Weights of transformers."""

import re
from collections.abc import Mapping
from math import isqrt

from torch import Tensor

from dlnotes.blocks.loading import load_exactly
from dlnotes.mae.model import MaskedAutoencoder
from dlnotes.vit.loading import TRANSFORMERS, rename

# Names in transformers since version 5, and in files.
_DECODER = [
    (r"^decoder\.decoder_(?:encoder\.layer|layers)\.(\d+)\.", r"decoder.layers.\1."),
    (r"^decoder\.decoder_embed\.", "decoder_embedding."),
    (r"^decoder\.decoder_norm\.", "decoder.norm."),
    (r"^decoder\.decoder_pos_embed$", "decoder_positions"),
    (r"^decoder\.decoder_pred\.", "pixels."),
    (r"^decoder\.mask_token$", "mask_token"),
]


def from_transformers(
    state: Mapping[str, Tensor],
    heads: int,
    decoder_heads: int,
    *,
    normalized: bool = True,
    eps: float = 1e-12,
) -> MaskedAutoencoder:
    """Build an autoencoder from the weights of one of transformers.

    Args:
        state: The `state_dict()` of a `ViTMAEForPreTraining`, or what a file of such a
            model holds.
        heads: Of the encoder's attention, which the weights do not tell.
        decoder_heads: Of the decoder's.
        normalized: Whether the target is the normalized patch.
        eps: In the normalizations; the published weights were made with 1e-6 in the
            official program, and transformers has 1e-12.

    Returns:
        The network, in eval mode, for square images.
    """
    named = rename(state, [*_DECODER, *TRANSFORMERS])
    missing = {"mask_token", "decoder_positions", "decoder_embedding.weight"}
    if missing := missing - named.keys():
        raise ValueError(f"state must have a decoder, got none of {sorted(missing)}")
    named["mask_token"] = named["mask_token"].flatten()
    named["decoder_positions"] = named["decoder_positions"].squeeze(0)
    dim, channels, *patch = named["embedding.weight"].shape
    side = isqrt(len(named["positions"]) - 1)
    model = MaskedAutoencoder(
        (side * patch[0], side * patch[1]),
        (patch[0], patch[1]),
        dim=dim,
        depth=_depth(named, "encoder"),
        heads=heads,
        decoder_dim=len(named["mask_token"]),
        decoder_depth=_depth(named, "decoder"),
        decoder_heads=decoder_heads,
        hidden=_hidden(named, "encoder"),
        decoder_hidden=_hidden(named, "decoder"),
        channels=channels,
        normalized=normalized,
        eps=eps,
    )
    load_exactly(model.to(named["positions"].dtype), named)
    return model.eval()


def _depth(state: Mapping[str, Tensor], part: str) -> int:
    found = [re.match(rf"{part}\.layers\.(\d+)\.", name) for name in state]
    return 1 + max((int(match[1]) for match in found if match), default=-1)


def _hidden(state: Mapping[str, Tensor], part: str) -> int | None:
    bias = state.get(f"{part}.layers.0.feed_forward.expand.bias")
    return None if bias is None else len(bias)
