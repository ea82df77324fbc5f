"""Checks of dlnotes.bert.loading against transformers."""

import pytest
import torch
from safetensors.torch import load_file
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import (
    AlbertConfig,
    AlbertForPreTraining,
    BertConfig,
    BertForPreTraining,
    BertModel,
    DebertaConfig,
    DebertaModel,
    DebertaV2Config,
    DebertaV2Model,
    DistilBertConfig,
    DistilBertForMaskedLM,
    ElectraConfig,
    ElectraForMaskedLM,
    ElectraForPreTraining,
    RobertaConfig,
    RobertaForMaskedLM,
)
from transformers.utils.logging import disable_progress_bar

from dlnotes.bert.electra import Discriminator, replaced_loss
from dlnotes.bert.loading import attention_from_transformers, from_transformers
from dlnotes.bert.model import Bert
from dlnotes.bert.pretraining import (
    MaskedLanguageModel,
    Pretraining,
    add_means,
    label_loss,
)
from tests.blocks.test_attention import fill

disable_progress_bar()
SIZE = {
    **{"vocab_size": 30, "hidden_size": 12, "num_hidden_layers": 2},
    **{"num_attention_heads": 3, "intermediate_size": 20},
    **{"max_position_embeddings": 16, "attn_implementation": "sdpa"},
}
DISTIL = {
    **{"vocab_size": 30, "dim": 12, "n_layers": 2, "n_heads": 3, "hidden_dim": 20},
    **{"max_position_embeddings": 16, "attn_implementation": "sdpa"},
}
NARROW = {**SIZE, "embedding_size": 8}
PEERS = {
    "bert": (BertForPreTraining, BertConfig(**SIZE), {}),
    "roberta": (
        RobertaForMaskedLM,
        RobertaConfig(**SIZE, type_vocab_size=1, layer_norm_eps=1e-5),
        {},
    ),
    "albert": (AlbertForPreTraining, AlbertConfig(**NARROW), {"depth": 2}),
    "electra": (ElectraForPreTraining, ElectraConfig(**NARROW), {}),
    "generator": (ElectraForMaskedLM, ElectraConfig(**NARROW), {}),
    "distilbert": (DistilBertForMaskedLM, DistilBertConfig(**DISTIL), {}),
}
PAD = {"bert": 0, "roberta": 1, "albert": 0, "electra": 0, "distilbert": 0}
any_peer = pytest.mark.parametrize("kind", PEERS)
DEBERTA = {
    **{**SIZE, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    **{"attn_implementation": "eager", "max_relative_positions": 4},
    "hidden_size": 36,  # three times d is 36, whose root float32 has exactly
}
DEBERTAS = {
    "first": (DebertaModel, DebertaConfig(**DEBERTA)),
    "second": (DebertaV2Model, DebertaV2Config(**DEBERTA)),
    "shared": (DebertaV2Model, DebertaV2Config(**DEBERTA, share_att_key=True)),
}


def family(kind: str) -> str:
    return "electra" if kind == "generator" else kind


def made(kind, rng):
    """A peer whose parameters are all drawn."""
    model = PEERS[kind][0](PEERS[kind][1]).double().eval()
    fill(model, rng())
    return model


def ours_of(peer, kind):
    state = peer if isinstance(peer, dict) else peer.state_dict()
    return from_transformers(state, family(kind), 3, **PEERS[kind][2])


def texts(kind, rng):
    """Two texts, the second with four tokens of padding."""
    tokens = torch.randint(2, 30, (2, 9), generator=rng(1))
    mask = torch.arange(9) < torch.tensor([[9], [5]])
    tokens = tokens.where(mask, PAD[family(kind)])
    segments = None
    if kind not in {"distilbert", "roberta"}:
        segments = (torch.arange(9) > 3).long().expand(2, 9)
    return tokens, segments, mask


def called(peer, tokens, segments, mask, **labels):
    extra = {} if segments is None else {"token_type_ids": segments}
    return peer(tokens, mask.long(), **extra, **labels)


def close(ours, theirs, **message):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10, **message)


@any_peer
def test_hidden_states_with_padding_are_those_of_transformers(kind, rng):
    """Eq. (encoder), Eq. (input), Eq. (shared-layers)."""
    peer = made(kind, rng)
    given = texts(kind, rng)
    theirs = called(peer, *given, output_hidden_states=True).hidden_states
    for ours, other in zip(
        ours_of(peer, kind).body.hidden_states(*given), theirs, strict=True
    ):
        close(ours, other)


def losses(kind, ours, peer, given, rng):
    """The loss that transformers has for the family, by both."""
    mask = given[2]
    targets = torch.randint(2, 30, (2, 9), generator=rng(2))
    chosen = mask & (torch.rand(2, 9, generator=rng(3)) < 0.5)
    order = torch.tensor([1, 0])
    if kind == "electra":
        marks = (targets % 2 == 0) & mask
        logits, truth = called(peer, *given).logits[mask], marks[mask].double()
        theirs = binary_cross_entropy_with_logits(logits, truth)  # float32 in its loss
        return torch.div(*replaced_loss(ours(*given), marks, mask=mask)), theirs
    labels = targets.where(chosen, -100)
    if kind not in {"bert", "albert"}:
        total, count = label_loss(ours(*given, chosen=chosen), targets[chosen])
        return total / count, called(peer, *given, labels=labels).loss
    name = "next_sentence_label" if kind == "bert" else "sentence_order_label"
    words, pair = ours(*given, chosen=chosen)
    parts = [label_loss(words, targets[chosen]), label_loss(pair, order)]
    theirs = called(peer, *given, labels=labels, **{name: order}).loss
    return add_means(parts), theirs


@any_peer
def test_logits_are_those_of_transformers(kind, rng):
    """Eq. (word-logits), Eq. (pooled), Eq. (discriminator)."""
    peer, given = made(kind, rng), texts(kind, rng)
    ours, theirs = ours_of(peer, kind)(*given), called(peer, *given)
    if kind in {"bert", "albert"}:
        close(ours[0], theirs.prediction_logits)
        pair = "seq_relationship_logits" if kind == "bert" else "sop_logits"
        close(ours[1], theirs[pair])
    else:
        close(ours, theirs.logits)


@any_peer
def test_loss_and_gradients_are_those_of_transformers(kind, rng):
    """Eq. (label-loss), Eq. (pretraining-loss), Eq. (replaced-loss)."""
    peer, given = made(kind, rng), texts(kind, rng)
    ours = ours_of(peer, kind)
    mine, theirs = losses(kind, ours, peer, given, rng)
    close(mine, theirs)
    torch.autograd.backward(mine + theirs)
    slopes = {name: p.grad for name, p in peer.named_parameters()}
    expected = dict(ours_of(slopes, kind).named_parameters())
    for name, parameter in ours.named_parameters():
        close(parameter.grad, expected[name].detach(), msg=name)


@any_peer
def test_each_parameter_moves_the_result(kind, rng):
    """But biases of keys, which softmax drops, and what no row of the batch reads."""
    model, given = ours_of(made(kind, rng), kind), texts(kind, rng)
    with torch.no_grad():
        before = model(*given)
        for name, parameter in model.named_parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=rng(3)).double()
            after = model(*given)
            pairs = zip(
                *([x] if torch.is_tensor(x) else x for x in (after, before)),
                strict=True,
            )
            moved = max((a - b).abs().max() for a, b in pairs)
            assert (moved > 1e-9) == (not name.endswith("key.bias")), name
            before = after


@any_peer
def test_a_file_just_saved_gives_the_same(kind, rng, tmp_path):
    peer = made(kind, rng)
    peer.save_pretrained(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    saved = ours_of(state, kind).state_dict()
    ours = ours_of(peer, kind)
    assert not ours.training
    for name, tensor in ours.state_dict().items():
        assert torch.equal(saved[name], tensor), name


def test_old_names_and_models_without_heads_are_understood(rng):
    peer = BertModel(BertConfig(**SIZE)).double().eval()
    fill(peer, rng())
    old = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma"): tensor
        for name, tensor in peer.state_dict().items()
    }
    given = texts("bert", rng)
    ours = from_transformers(old, "bert", 3)
    assert isinstance(ours, Bert)
    close(ours(*given), called(peer, *given).last_hidden_state)


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("bert", Pretraining),
        ("roberta", MaskedLanguageModel),
        ("electra", Discriminator),
    ],
)
def test_the_heads_that_there_are_decide_what_comes_back(kind, kept, rng):
    assert type(ours_of(made(kind, rng), kind)) is kept


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("bert", {"bert.embeddings.word_embeddings.weight": None}, "embedding.words"),
        ("bert", {"cls.predictions.transform.dense.bias": None}, "missing .*dense"),
        ("bert", {"bert.pooler.extra": torch.ones(1)}, "left over .*extra"),
        ("bert", {"cls.predictions.decoder.bias": torch.ones(30)}, "must equal"),
        ("roberta", {"lm_head.layer_norm.bias": torch.ones(3)}, r"got \(3,\)"),
        ("albert", {"albert.pooler.bias": None}, r"missing \['pooler.dense.bias'\]"),
        ("distilbert", {"vocab_projector.weight": torch.ones(30, 12)}, "must equal"),
    ],
)
def test_a_state_that_is_not_whole_is_refused_by_name(kind, change, message, rng):
    state = {**made(kind, rng).state_dict(), **change}
    state = {name: tensor for name, tensor in state.items() if tensor is not None}
    with pytest.raises(ValueError, match=message):
        ours_of(state, kind)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"family": "gpt"}, "family must be one of .* got 'gpt'"),
        ({"family": "bert", "depth": 2}, "depth must be given for albert alone"),
        ({"family": "albert"}, "depth must be given for albert alone"),
        ({"family": "bert", "padding": 0}, "padding must be None for bert"),
        ({"family": "bert", "heads": 5}, "heads must divide dim = 12, got 5"),
    ],
)
def test_what_the_weights_do_not_tell_is_checked(given, message, rng):
    state = made("bert", rng).state_dict()
    with pytest.raises(ValueError, match=message):
        from_transformers(state, **{"heads": 3, **given})


@pytest.mark.parametrize("version", DEBERTAS)
def test_attention_of_deberta_is_that_of_transformers(version, rng):
    """Eq. (distance), Eq. (disentangled), with gradients."""
    peer = DEBERTAS[version][0](DEBERTAS[version][1]).double().eval()
    fill(peer, rng())
    x = torch.randn(2, 9, 36, dtype=torch.float64, generator=rng(1)).requires_grad_()
    mask = torch.arange(9) < torch.tensor([[9], [5]])
    square = (mask[:, None] & mask[..., None])[:, None]
    for layer in (0, 1):
        ours, table = attention_from_transformers(peer.state_dict(), 3, layer)
        whole = peer.encoder.layer[layer].attention
        distances = torch.arange(9)[:, None] - torch.arange(9)
        mixed, _ = whole.self(x, square, False, None, distances[None], table)
        theirs = whole.output.dense(mixed)[mask]
        mine = ours(x, table, square)[mask]
        close(mine, theirs)
        slopes = [torch.autograd.grad(y.square().sum(), x)[0] for y in (mine, theirs)]
        close(*slopes)


def test_a_deberta_whose_distances_are_treated_otherwise_is_refused(rng):
    config = DebertaV2Config(**DEBERTA, norm_rel_ebd="layer_norm")
    with pytest.raises(ValueError, match="got a normalized one"):
        attention_from_transformers(DebertaV2Model(config).state_dict(), 3, 0)
    with pytest.raises(ValueError, match="got none"):
        attention_from_transformers(made("bert", rng).state_dict(), 3, 0)
    state = DebertaModel(DebertaConfig(**DEBERTA)).state_dict()
    with pytest.raises(ValueError, match=r"missing .*query"):
        attention_from_transformers(state, 3, 2)
