"""Weights of transformers."""

import re
from collections.abc import Mapping
from typing import Any

import torch
from einops import rearrange
from torch import Tensor

from dlnotes.bert.albert import TANH_GELU, share_layers
from dlnotes.bert.disentangled import DisentangledAttention
from dlnotes.bert.electra import Discriminator
from dlnotes.bert.model import Bert
from dlnotes.bert.pretraining import MaskedLanguageModel, Pretraining
from dlnotes.blocks.checks import check_count
from dlnotes.blocks.loading import load_exactly, renamed

# What the weights do not tell: where places begin, and small constants. RoBERTa's
# published weights have an eps of 1e-5 and the padding token 1.
FAMILIES: dict[str, dict[str, Any]] = {
    "bert": {},
    "roberta": {"padding": 1, "eps": 1e-5},
    "albert": {"activation": TANH_GELU},
    "electra": {},
    "distilbert": {},
}
# Names in a model and in a file; old files say gamma and beta.
_NAMES = [
    (r"\.gamma$", ".weight"),
    (r"\.beta$", ".bias"),
    (r"^(?:.*\.)?(?:position_ids|token_type_ids)$", ""),
    (r"^(?:bert|roberta|albert|electra|distilbert)\.", ""),
    (r"^embeddings\.word_embeddings\.weight$", "embedding.words"),
    (r"^embeddings\.position_embeddings\.weight$", "embedding.positions"),
    (r"^embeddings\.token_type_embeddings\.weight$", "embedding.segments"),
    (r"^embeddings\.LayerNorm\.", "embedding.norm."),
    (r"^(?:encoder\.embedding_hidden_mapping_in|embeddings_project)\.", "project."),
    (r"^encoder\.albert_layer_groups\.0\.albert_layers\.0\.", "encoder.layers.0."),
    (r"^(?:encoder|transformer)\.layer\.(\d+)\.", r"encoder.layers.\1."),
    (r"\.attention\.self\.", ".attention."),
    (r"\.attention\.(?:(?:output\.)?dense|out_lin)\.", ".attention.output."),
    (r"\.attention\.(?:output\.)?LayerNorm\.", ".norm1."),
    (r"\.attention\.q_lin\.", ".attention.query."),
    (r"\.attention\.k_lin\.", ".attention.key."),
    (r"\.attention\.v_lin\.", ".attention.value."),
    (r"\.sa_layer_norm\.", ".norm1."),
    (r"(\d)\.(?:intermediate\.dense|ffn\.lin1)\.", r"\1.feed_forward.expand."),
    (r"(\d)\.ffn\.(weight|bias)$", r"\1.feed_forward.expand.\2"),
    (r"(\d)\.(?:output\.dense|ffn_output|ffn\.lin2)\.", r"\1.feed_forward.reduce."),
    (r"(\d)\.output\.LayerNorm\.", r"\1.norm2."),
    (r"(\d)\.(?:full_layer_layer_norm|output_layer_norm)\.", r"\1.norm2."),
    (r"^pooler\.(weight|bias)$", r"pooler.dense.\1"),
    (r"^(?:cls\.seq_relationship|sop_classifier\.classifier)\.", "pair."),
    (r"^(?:cls\.predictions\.transform|cls\.predictions|lm_head)\.", "head."),
    (r"^(?:predictions|generator_predictions)\.", "head."),
    (r"^(?:generator_lm_head|vocab_projector)\.bias$", "head.bias"),
    (r"^(?:generator_lm_head|vocab_projector)\.weight$", "head.decoder.weight"),
    (r"^vocab_transform\.", "head.dense."),
    (r"^(?:head\.LayerNorm|head\.layer_norm|vocab_layer_norm)\.", "head.norm."),
    (r"^discriminator_predictions\.dense\.", "dense."),
    (r"^discriminator_predictions\.dense_prediction\.", "output."),
]
_DEBERTA = [
    (r"^self\.", ""),
    (r"^output\.dense\.", "output."),
    (r"^output\.LayerNorm\..*", ""),
    (r"^pos_(?:key_)?proj\.", "far_key."),
    (r"^pos_q(?:uery)?_proj\.", "far_query."),
    (r"^(query|key|value)_proj\.", r"\1."),
]


def from_transformers(
    state: Mapping[str, Tensor],
    family: str,
    heads: int,
    *,
    depth: int | None = None,
    padding: int | None = None,
    eps: float | None = None,
) -> Bert | MaskedLanguageModel | Discriminator:
    """Build a model from the weights of one of transformers.

    Args:
        state: The `state_dict()` of a model, or what a file of it holds.
        family: A key of `FAMILIES`.
        heads: Of attention, which the weights do not tell.
        depth: Layers of an ALBERT, which the weights do not tell either.
        padding: Token that fills up short rows, from whose number on RoBERTa counts
            places; 1 in published weights.
        eps: In the normalizations; by default that of the published weights.

    Returns:
        A `Pretraining` if there is a head for pairs, a `MaskedLanguageModel` if there
        is one for words, a `Discriminator` if there is one for replaced tokens, else a
        `Bert`; in eval mode. A pooler that no head reads is left out.
    """
    if family not in FAMILIES:
        raise ValueError(f"family must be one of {sorted(FAMILIES)}, got {family!r}")
    if padding is not None and family != "roberta":
        raise ValueError(f"padding must be None for {family}, got {padding}")
    if (depth is None) == (family == "albert"):
        raise ValueError(f"depth must be given for albert alone, got {depth}")
    options = dict(FAMILIES[family])
    options |= {} if padding is None else {"padding": padding}
    options |= {} if eps is None else {"eps": eps}
    named = renamed(state, _NAMES)
    needed = {"embedding.words", "embedding.positions"} - named.keys()
    if needed:
        raise ValueError(f"state must be of BERT's kind, got none of {sorted(needed)}")
    _drop_tied(named)
    body = _body(named, heads, depth, options)
    model = _with_heads(body, named, options)
    load_exactly(model.to(named["embedding.words"].dtype), _full(model, named, depth))
    return model.eval()


def attention_from_transformers(
    state: Mapping[str, Tensor], heads: int, layer: int
) -> tuple[DisentangledAttention, Tensor]:
    """Take the attention of one layer out of the weights of a DeBERTa.

    Args:
        state: The `state_dict()` of a `DebertaModel` or `DebertaV2Model`, or what a
            file of it holds, whose distances are not normalized, and not put into bins,
            which the weights do not tell.
        heads: Of attention, which the weights do not tell.
        layer: Number of the layer, from 0.

    Returns:
        The attention, in eval mode, and the table of distances `(2k, D)`.
    """
    check_count("layer", layer, least=0)
    bare = renamed(state, [(r"^deberta\.", "")])
    table = bare.get("encoder.rel_embeddings.weight")
    if table is None or "encoder.LayerNorm.weight" in bare:
        kind = "none" if table is None else "a normalized one"
        raise ValueError(f"state must have a plain table of distances, got {kind}")
    start = f"encoder.layer.{layer}.attention."
    inside = {k.removeprefix(start): t for k, t in bare.items() if k.startswith(start)}
    named = renamed(inside, _DEBERTA)
    if "in_proj.weight" in named:
        _split_heads(named, heads)
    for part in ("query", "key"):  # one map for contents and distances
        for kind in ("weight", "bias"):
            if f"{part}.{kind}" in named:
                named.setdefault(f"far_{part}.{kind}", named[f"{part}.{kind}"])
    model = DisentangledAttention(table.shape[1], heads).to(table.dtype)
    load_exactly(model, named)
    return model.eval(), table


def _drop_tied(state: dict[str, Tensor]) -> None:
    """Leave out what is another name of the same tensor, if it is."""
    twins = {"head.decoder.weight": "embedding.words", "head.decoder.bias": "head.bias"}
    for name, twin in twins.items():
        tensor, other = state.pop(name, None), state.get(twin)
        if tensor is None:
            continue
        if other is None:
            state[twin] = tensor
        elif not torch.equal(tensor, other):
            raise ValueError(f"{name} must equal {twin}, got other numbers")


def _body(
    state: Mapping[str, Tensor], heads: int, depth: int | None, options: dict[str, Any]
) -> Bert:
    """An encoder of the sizes that the tensors have."""
    vocabulary, width = state["embedding.words"].shape
    projected = state.get("project.bias")
    kinds, hidden = state.get("embedding.segments"), _first(state, "expand.bias")
    found = [re.match(r"encoder\.layers\.(\d+)\.", name) for name in state]
    last = max((int(match[1]) for match in found if match), default=-1)
    offset = 0 if options.get("padding") is None else options["padding"] + 1
    body = Bert(
        vocabulary,
        dim=width if projected is None else len(projected),
        depth=last + 1 if depth is None else depth,
        heads=heads,
        positions=len(state["embedding.positions"]) - offset,
        segments=0 if kinds is None else len(kinds),
        hidden=None if hidden is None else len(hidden),
        width=None if projected is None else width,
        **options,
    )
    return body if depth is None else share_layers(body)


def _with_heads(
    body: Bert, state: dict[str, Tensor], options: dict[str, Any]
) -> Bert | MaskedLanguageModel | Discriminator:
    """The model for the heads that there are; a pooler that none reads is left out."""
    small = {name: options[name] for name in ("eps", "activation") if name in options}
    if "pair.weight" in state:
        return Pretraining(body, **small)
    for kind in ("weight", "bias"):
        state.pop(f"pooler.dense.{kind}", None)
    if "head.bias" in state:
        return MaskedLanguageModel(body, **small)
    return Discriminator(body) if "output.weight" in state else body


def _full(
    model: Bert | MaskedLanguageModel | Discriminator,
    state: Mapping[str, Tensor],
    depth: int | None,
) -> dict[str, Tensor]:
    """The tensors by the names that the model has for them."""
    parts = ("embedding.", "project.", "encoder.")
    first = "encoder.layers.0."
    copies = {
        f"encoder.layers.{layer}.{name.removeprefix(first)}": tensor
        for name, tensor in state.items()
        for layer in range(depth or 0)
        if name.startswith(first)
    }
    prefix = "" if isinstance(model, Bert) else "body."
    return {
        f"{prefix}{name}" if name.startswith(parts) else name: tensor
        for name, tensor in {**state, **copies}.items()
    }


def _first(state: Mapping[str, Tensor], name: str) -> Tensor | None:
    return state.get(f"encoder.layers.0.feed_forward.{name}")


def _split_heads(state: dict[str, Tensor], heads: int) -> None:
    """The first version stacks queries, keys and values of each head, two biased."""
    stacked = state.pop("in_proj.weight")
    if len(stacked) % (3 * heads):
        raise ValueError(f"heads must divide {len(stacked) // 3}, got {heads}")
    parts = rearrange(stacked, "(h three d) n -> three (h d) n", h=heads, three=3)
    state |= dict(
        zip(("query.weight", "key.weight", "value.weight"), parts, strict=True)
    )
    zeros = torch.zeros_like(parts[1, :, 0])
    state |= {"key.bias": zeros, "far_key.bias": zeros}
    for ours, theirs in (("query.bias", "q_bias"), ("value.bias", "v_bias")):
        if theirs in state:
            state[ours] = state.pop(theirs)
