"""Times of dlnotes.bert beside those of transformers, with the same weights.

BERT-mini and BERT-base, 8 rows of 128 tokens, all of them text or half of them padding.
`unpadded` is ours without the padding, for which transformers has no such way here.
"""

from functools import cache, partial

import pytest
import torch
from transformers import BertConfig, BertForPreTraining

from dlnotes.bert.loading import from_transformers
from dlnotes.bert.pretraining import add_means, label_loss

SIZES = {"mini": (256, 4, 4), "base": (768, 12, 12)}
RNG = torch.Generator().manual_seed(0)
TOKENS = torch.randint(5, 30_000, (8, 128), generator=RNG)
SEGMENTS = (torch.arange(128) > 63).long().expand(8, 128)
LENGTHS = torch.tensor([128, 112, 88, 64, 48, 32, 24, 16])
MASKS = {"full": None, "padded": torch.arange(128) < LENGTHS[:, None]}
TEXT = {name: torch.ones(8, 128) > 0 if m is None else m for name, m in MASKS.items()}
CHOSEN = torch.rand(8, 128, generator=RNG) < 0.15
ORDER = torch.randint(2, (8,), generator=RNG)
PEERS = ("dlnotes", "transformers")
THREE = (*PEERS, "unpadded")
any_shape = pytest.mark.parametrize("shape", SIZES)
any_filling = pytest.mark.parametrize("filling", MASKS)


pytestmark = pytest.mark.usefixtures("two_threads")


@cache
def pair(shape):
    """Both models; without dropout, which would be drawn in different ways."""
    dim, depth, heads = SIZES[shape]
    config = BertConfig(
        **{
            "hidden_size": dim,
            "num_hidden_layers": depth,
            "intermediate_size": 4 * dim,
        },
        **{"num_attention_heads": heads, "hidden_dropout_prob": 0},
        **{"attention_probs_dropout_prob": 0, "attn_implementation": "sdpa"},
    )
    peer = BertForPreTraining(config).train()
    return from_transformers(peer.state_dict(), "bert", heads).train(), peer


def encode(shape, filling, peer):
    ours, theirs = pair(shape)
    if peer == "unpadded":
        return ours.body.without_padding(TOKENS, TEXT[filling], SEGMENTS)
    if peer == "dlnotes":
        return ours.body(TOKENS, SEGMENTS, MASKS[filling])
    mask = None if MASKS[filling] is None else MASKS[filling].long()
    return theirs.bert(TOKENS, mask, SEGMENTS).last_hidden_state


def loss(shape, filling, peer):
    ours, theirs = pair(shape)
    chosen = CHOSEN & TEXT[filling]
    if peer == "dlnotes":
        words, order = ours(TOKENS, SEGMENTS, MASKS[filling], chosen=chosen)
        parts = [label_loss(words, TOKENS[chosen]), label_loss(order, ORDER)]
        return add_means(parts)
    mask = None if MASKS[filling] is None else MASKS[filling].long()
    labels = TOKENS.where(chosen, -100)
    names = {"labels": labels, "next_sentence_label": ORDER}
    return theirs(TOKENS, mask, SEGMENTS, **names).loss


def with_gradients(tensor_of):
    tensor_of().square().mean().backward()


@any_shape
@any_filling
def test_forward(in_turns, shape, filling):
    with torch.no_grad():
        in_turns(
            f"{shape}, {filling}, encoder forward",
            {peer: partial(encode, shape, filling, peer) for peer in THREE},
            pair(shape),
        )


@any_shape
@any_filling
def test_forward_and_backward(in_turns, shape, filling):
    steps = {peer: partial(encode, shape, filling, peer) for peer in THREE}
    in_turns(
        f"{shape}, {filling}, encoder forward and backward",
        {peer: partial(with_gradients, step) for peer, step in steps.items()},
        pair(shape),
    )


@any_shape
@any_filling
def test_step_of_pre_training(in_turns, shape, filling):
    """Ours computes logits where the model is asked, transformers everywhere."""
    steps = {peer: partial(loss, shape, filling, peer) for peer in PEERS}
    in_turns(
        f"{shape}, {filling}, step of pre-training",
        {peer: partial(with_gradients, step) for peer, step in steps.items()},
        pair(shape),
    )
