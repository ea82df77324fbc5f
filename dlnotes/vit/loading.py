"""Weights of other libraries."""

import re
from collections.abc import Mapping
from math import isqrt

from torch import Tensor

from dlnotes.blocks.loading import load_exactly, renamed
from dlnotes.vit.model import VisionTransformer

# Names in transformers before version 5, which files still have, and since.
TRANSFORMERS = [
    (r"^vit\.", ""),
    (r"^pooler\..*", ""),
    (r"^embeddings\.cls_token$", "class_token"),
    (r"^embeddings\.position_embeddings$", "positions"),
    (r"^embeddings\.patch_embeddings\.projection\.", "embedding."),
    (r"^(?:encoder\.layer|layers)\.(\d+)\.", r"encoder.layers.\1."),
    (r"\.attention\.attention\.(query|key|value)\.", r".attention.\1."),
    (r"\.attention\.q_proj\.", ".attention.query."),
    (r"\.attention\.k_proj\.", ".attention.key."),
    (r"\.attention\.v_proj\.", ".attention.value."),
    (r"\.attention\.(?:output\.dense|o_proj)\.", ".attention.output."),
    (r"(\d)\.(?:intermediate\.dense|mlp\.fc1)\.", r"\1.feed_forward.expand."),
    (r"(\d)\.(?:output\.dense|mlp\.fc2)\.", r"\1.feed_forward.reduce."),
    (r"\.layernorm_before\.", ".norm1."),
    (r"\.layernorm_after\.", ".norm2."),
    (r"^layernorm\.", "encoder.norm."),
    (r"^classifier\.", "head."),
]
_TIMM = [
    (r"^cls_token$", "class_token"),
    (r"^pos_embed$", "positions"),
    (r"^patch_embed\.proj\.", "embedding."),
    (r"^blocks\.", "encoder.layers."),
    (r"\.attn\.proj\.", ".attention.output."),
    (r"\.mlp\.fc1\.", ".feed_forward.expand."),
    (r"\.mlp\.fc2\.", ".feed_forward.reduce."),
    (r"^norm\.", "encoder.norm."),
]


def from_transformers(
    state: Mapping[str, Tensor], heads: int, *, eps: float = 1e-12
) -> VisionTransformer:
    """Build a network from the weights of a ViT of transformers.

    Args:
        state: The `state_dict()` of a `ViTModel` or `ViTForImageClassification`, or
            what a file of such a model holds. A pooler is left out.
        heads: Of attention, which the weights do not tell.
        eps: In the normalizations; transformers has 1e-12.

    Returns:
        The network, in eval mode, for square images.
    """
    return _build(rename(state, TRANSFORMERS), heads, eps)


def from_timm(
    state: Mapping[str, Tensor], heads: int, *, eps: float = 1e-6
) -> VisionTransformer:
    """Build a network from the weights of a ViT of timm.

    Args:
        state: The `state_dict()` of a `vit_..._patch..` with a class token, or what a
            file of such a model holds.
        heads: Of attention, which the weights do not tell.
        eps: In the normalizations; timm has 1e-6.

    Returns:
        The network, in eval mode, for square images.
    """
    found = rename(state, _TIMM)
    for name in [name for name in found if ".attn.qkv." in name]:
        stacked = found.pop(name)
        for part, tensor in zip(
            ("query", "key", "value"), stacked.chunk(3), strict=True
        ):
            found[name.replace("attn.qkv", f"attention.{part}")] = tensor
    return _build(found, heads, eps)


def rename(
    state: Mapping[str, Tensor], names: list[tuple[str, str]]
) -> dict[str, Tensor]:
    """Give tensors the names of this library.

    Args:
        state: Tensors by the names of another library.
        names: See `dlnotes.blocks.loading.renamed`.

    Returns:
        Tensors by their new names; the class token and the positions without a batch.
    """
    found = renamed(state, names)
    needed = {"class_token", "positions", "embedding.weight"} - found.keys()
    if needed:
        raise ValueError(f"state must be that of a ViT, got none of {sorted(needed)}")
    found["class_token"] = found["class_token"].flatten()
    found["positions"] = found["positions"].squeeze(0)
    return found


def _build(state: dict[str, Tensor], heads: int, eps: float) -> VisionTransformer:
    """Read the sizes off the tensors, and load these."""
    dim, channels, *patch = state["embedding.weight"].shape
    side = isqrt(len(state["positions"]) - 1)
    found = [re.match(r"encoder\.layers\.(\d+)\.", name) for name in state]
    depth = 1 + max((int(match[1]) for match in found if match), default=-1)
    hidden = state.get("encoder.layers.0.feed_forward.expand.bias")
    model = VisionTransformer(
        (side * patch[0], side * patch[1]),
        (patch[0], patch[1]),
        dim=dim,
        depth=depth,
        heads=heads,
        hidden=None if hidden is None else len(hidden),
        channels=channels,
        classes=len(state["head.bias"]) if "head.bias" in state else 0,
        eps=eps,
    )
    load_exactly(model.to(state["positions"].dtype), state)
    return model.eval()
