r"""
# Masks, spans and sentinels follow their laws

Over a million tokens: what is hidden, by what, in how long pieces, and how often.

Laws: [Eq. (corrupt)](../../notes/bert.md), [Eq. (span-lengths)](../../notes/bert.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.bert.infilling import infill
from dlnotes.bert.masking import choose_bernoulli, corrupt, ever_hidden
from dlnotes.bert.spans import choose_spans, gram_lengths, span_lengths
from dlnotes.ledger import record
from dlnotes.toy.text import load_documents

rng = torch.Generator().manual_seed(0)
rows, n, vocabulary, ratio = 8192, 128, 30522, 0.15
ids = torch.randint(5, vocabulary, (rows, n), generator=rng)
seen = torch.ones(rows, n, dtype=torch.bool)
sentences = [s for texts in load_documents().values() for text in texts for s in text]
record("bert/corpus-sentences", len(sentences), exact=True)
record("bert/corpus-words", sum(len(s.split()) for s in sentences), exact=True)

# %%
# ## Hide
#
# Each token by itself; then 80, 10 and 10 percent of what is chosen.

chosen = choose_bernoulli(seen, ratio, generator=rng)
others = torch.randint(vocabulary, ids.shape, generator=rng)
hidden = corrupt(ids, chosen, others, mask=4, generator=rng)[chosen]
stays = hidden == ids[chosen]
kinds = {"masked": hidden == 4, "kept": stays, "replaced": ~stays & (hidden != 4)}
for name, hit in {"chosen": chosen.flatten(), **kinds}.items():
    share = hit.float().mean()
    record(f"bert/share-{name}", share, error=(share * (1 - share) / len(hit)) ** 0.5)
masks, lengths = torch.arange(41), torch.arange(1, 11)
for name, drawn in {"static": 10, "dynamic": 40}.items():
    record(f"bert/ever-hidden-{name}", ever_hidden(ratio, drawn), exact=True)

# %%
# ## Spans
#
# First spans, where no end cuts them, and runs of all: a ratio of sums, linearized.

law, places = span_lengths(0.2, 10), torch.arange(n)
spans = choose_spans(places.expand(rows, n), law, ratio, generator=rng)
sizes = (spans == 0).sum(1)[(spans == 0).long().argmax(1) <= n - 10]
inside = spans >= 0
runs = (inside & ~torch.nn.functional.pad(inside, (1, 0))[:, :-1]).sum(1)
mean = inside.sum() / runs.sum()
means = {"run": mean + (inside.sum(1) - mean * runs) / runs.double().mean()}
means["first-span"] = sizes.float()
filled = infill(ids, seen, mask=4, padding=0, generator=rng)
means["infilled-share"] = 1 - ((filled > 4).sum(1) / n)
for name, each in means.items():
    label = name if "share" in name else f"{name}-mean"
    record(f"bert/{label}", each.mean(), error=each.std() / len(each) ** 0.5)
record("bert/span-mean", (law * lengths).sum(), exact=True)
record("bert/span-mean-clipped", (1 - 0.8**10) / 0.2, exact=True)

# %%
# First: bars are drawn spans, points the law; ALBERT's is shorter. Second: ten masks
# for all epochs leave a part of the tokens that is never asked for.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
axes[0].bar(lengths, sizes.bincount(minlength=11)[1:] / len(sizes), color="C0")
axes[0].plot(lengths, law, "C1o", label="SpanBERT")
axes[0].plot(lengths[:3], gram_lengths(3), "C2s", label="ALBERT")
axes[0].set(xlabel="words of a span", ylabel="probability")
for drawn, name in ((10, "ten masks"), (40, "always new")):
    shares = [ever_hidden(ratio, min(int(k), drawn)) for k in masks]
    axes[1].plot(masks, shares, label=name)
axes[1].set(xlabel="epochs", ylabel="share asked for at least once")
for ax in axes:
    ax.legend()
fig.set_label("Bars that fall along points of a law; two curves that rise and part.")
plt.show()
