r"""
# Where the parameters are

Large vocabularies weigh most in small models, and shared layers next to nothing.

Counts by [Eq. (body-parameters)](../../notes/bert.md) and its neighbors.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.bert.albert import share_layers, table_parameters
from dlnotes.bert.model import Bert
from dlnotes.bert.sizes import (
    GPT_SIZES,
    HEADS,
    SIZES,
    body_parameters,
    gpt_parameters,
    pooler_parameters,
    word_head_parameters,
)
from dlnotes.ledger import record

# %%
# ## Count by formula
#
# With the pooler, where the family has one.

tables, whole = {}, {}
for name, sizes in SIZES.items():
    pooler = pooler_parameters(sizes["dim"]) * (name[:4] not in {"elec", "dist"})
    tables[name] = body_parameters(**{**sizes, "depth": 0})
    whole[name] = body_parameters(**sizes) + pooler
    record(f"bert/parameters-{name}", whole[name], exact=True)
heads = word_head_parameters(30522, 768) + 2 * 768 + 2
record("bert/parameters-bert-base-heads", whole["bert-base"] + heads, exact=True)
for name, sizes in GPT_SIZES.items():
    record(f"bert/parameters-{name}", gpt_parameters(**sizes), exact=True)
narrow, wide = (table_parameters(30000, 768, width=width) for width in (128, None))
record("bert/words-narrow", narrow, exact=True)
record("bert/words-wide", wide, exact=True)
saved = 100 - 100 * whole["distilbert"] / whole["bert-base"]
record("bert/distilbert-saves", saved, exact=True, unit="%")

# %%
# ## Count in the models
#
# Without memory for their numbers; places of RoBERTa begin behind its padding token.

wrong = 0
for name, sizes in SIZES.items():
    given = {key: value for key, value in sizes.items() if key != "shared"}
    if name.startswith("roberta"):
        given |= {"positions": 512, "padding": 1}
    with torch.device("meta"):
        model = Bert(**given, heads=HEADS[name])
    if "shared" in sizes:
        share_layers(model)
    counted = sum(parameter.numel() for parameter in model.parameters())
    wrong += counted != body_parameters(**sizes)
record("bert/parameter-mismatches", wrong, exact=True)

# %%
# First part of a bar: the tables of the embedding, with the map behind them.

fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
names = list(SIZES)[::-1]
first = [tables[name] / 1e6 for name in names]
rest = [whole[name] / 1e6 - part for name, part in zip(names, first, strict=True)]
ax.barh(names, first, color="C0", label="embedding")
ax.barh(names, rest, left=first, color="C1", label="layers and pooler")
ax.set(xlabel="parameters (million)")
ax.legend()
share = 100 * tables["distilbert"] / whole["distilbert"]
fig.set_label(
    "Ten bars; BERT and RoBERTa large are longest, three of four ALBERTs short. In "
    f"DistilBERT the embedding is {share:.0f} % of all."
)
plt.show()
