"""Checks of dlnotes.bert.sizes, against transformers and our own models."""

import pytest
import torch
from transformers import (
    AlbertConfig,
    AlbertModel,
    BertConfig,
    BertForPreTraining,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    ElectraConfig,
    ElectraModel,
    GPT2Config,
    GPT2Model,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaModel,
)

from dlnotes.bert.albert import TANH_GELU, share_layers
from dlnotes.bert.electra import Discriminator
from dlnotes.bert.model import Bert
from dlnotes.bert.pretraining import Pooler, Pretraining
from dlnotes.bert.sizes import (
    GPT_SIZES,
    HEADS,
    SIZES,
    body_parameters,
    gpt_parameters,
    layer_parameters,
    pooler_parameters,
    word_head_parameters,
)

# With the pooler, if the family has one. Lan et al. (2020) say 12, 18, 60 and 235
# million, Devlin et al. (2019) 110 and 340, Liu et al. (2019) 125 and 355.
KNOWN = {
    **{"bert-base": 109_482_240, "bert-large": 335_141_888},
    **{"roberta-base": 124_645_632, "roberta-large": 355_359_744},
    **{"albert-base": 11_683_584, "albert-large": 17_683_968},
    **{"albert-xlarge": 58_724_864, "albert-xxlarge": 222_595_584},
    **{"electra-small": 13_483_008, "distilbert": 66_362_880},
}
PEERS = {
    "bert": (BertModel, BertConfig),
    "roberta": (RobertaModel, RobertaConfig),
    "albert": (AlbertModel, AlbertConfig),
    "electra": (ElectraModel, ElectraConfig),
}


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def pooled(name):
    """Parameters of the pooler, where there is one."""
    unpooled = name in {"electra-small", "distilbert"}
    return 0 if unpooled else pooler_parameters(SIZES[name]["dim"])


def build(name):
    """Our model without memory; places of RoBERTa begin at 2."""
    sizes = dict(SIZES[name])
    shared = sizes.pop("shared", False)
    if name.startswith("roberta"):
        sizes |= {"positions": 512, "padding": 1}
    with torch.device("meta"):
        model = Bert(**sizes, heads=HEADS[name])
    return share_layers(model) if shared else model


@pytest.mark.parametrize("name", SIZES)
def test_the_closed_form_is_what_the_model_has(name):
    """Eq. (body-parameters), Eq. (pooler-parameters)."""
    assert count(build(name)) == body_parameters(**SIZES[name])
    assert body_parameters(**SIZES[name]) + pooled(name) == KNOWN[name]


@pytest.mark.parametrize("name", SIZES)
def test_transformers_has_the_same_number(name):
    """By the configurations that are published with the weights."""
    sizes = SIZES[name]
    shape = {
        **{"vocab_size": sizes["vocabulary"], "hidden_size": sizes["dim"]},
        **{"num_hidden_layers": sizes["depth"], "num_attention_heads": HEADS[name]},
        **{"intermediate_size": 4 * sizes["dim"]},
        **{"max_position_embeddings": sizes.get("positions", 512)},
        **{"type_vocab_size": sizes.get("segments", 2)},
        **({"embedding_size": sizes["width"]} if "width" in sizes else {}),
    }
    make, config = PEERS.get(name.split("-")[0], (None, None))
    with torch.device("meta"):
        if make is None:
            peer = DistilBertModel(DistilBertConfig())
        else:
            peer = make(config(**shape))
    assert count(peer) == KNOWN[name]


def test_heads_add_what_is_counted():
    """Eq. (word-head-parameters): with all heads BERT base has 110,106,428."""
    with torch.device("meta"):
        model = Pretraining(build("bert-base"))
        peer = BertForPreTraining(BertConfig())
        roberta = RobertaForMaskedLM(
            RobertaConfig(
                vocab_size=50265, max_position_embeddings=514, type_vocab_size=1
            )
        )
        generator = Pretraining(build("albert-base"), activation=TANH_GELU)
        small = Discriminator(build("electra-small"))
    whole = KNOWN["bert-base"] + word_head_parameters(30522, 768) + 2 * 768 + 2
    assert whole == count(model) == count(peer) == 110_106_428
    body = body_parameters(**SIZES["roberta-base"])
    assert body + word_head_parameters(50265, 768) == count(roberta) == 124_697_433
    narrow = word_head_parameters(30000, 768, width=128)
    assert count(generator) == KNOWN["albert-base"] + narrow + 2 * 768 + 2
    assert count(small) == 13_483_008 + 256**2 + 256 + 257 == 13_549_057
    assert count(Pooler(768)) == pooler_parameters(768)


def test_a_layer_has_what_is_counted():
    """Eq. (layer-parameters)."""
    model = Bert(5, dim=12, depth=1, heads=2, hidden=7)
    assert count(model.layers()[0]) == layer_parameters(12, 7)


def test_a_map_is_counted_where_there_is_one():
    """Eq. (body-parameters): also one of 12 numbers to 12."""
    sizes = {"vocabulary": 5, "dim": 12, "depth": 1}
    for given in ({}, {"width": 12}):
        assert count(Bert(**sizes, heads=2, **given)) == body_parameters(
            **sizes, **given
        )


def test_models_from_left_to_right():
    """Eq. (gpt-parameters): GPT-2 against transformers, GPT-3 and Megatron rounded."""
    small = GPT2Config(n_embd=24, n_layer=2, n_head=2, vocab_size=50, n_positions=30)
    with torch.device("meta"):
        peers = [
            GPT2Model(small),
            GPT2Model(GPT2Config(n_embd=1600, n_layer=48, n_head=25)),
        ]
    assert count(peers[0]) == gpt_parameters(50, 24, 2, positions=30)
    assert count(peers[1]) == gpt_parameters(**GPT_SIZES["gpt-2"]) == 1_557_611_200
    assert round(gpt_parameters(**GPT_SIZES["gpt-3"]) / 1e8) == 1746
    assert round(gpt_parameters(**GPT_SIZES["megatron"]) / 1e7) == 832


@pytest.mark.parametrize(
    "change", [{"vocabulary": 0}, {"dim": -1}, {"depth": 1.5}, {"hidden": 0}]
)
def test_what_is_no_size_is_refused(change):
    with pytest.raises((ValueError, TypeError), match="must be"):
        body_parameters(**{**SIZES["bert-base"], **change})
