r"""
# Two languages meet in one network without a parallel text

One grammar, two vocabularies with nothing in common; the network is never told.

Ranks are those of [Eq. (reciprocal-rank)](../../notes/bert.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.bert.alignment import (
    chance_rank,
    language_vector,
    mean_vectors,
    reciprocal_rank,
)
from dlnotes.bert.learning import learn_language
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import MaskedLanguageModel
from dlnotes.ledger import record
from dlnotes.toy.languages import draw_grammar, draw_sentences, frame

amounts, seeds, words = [50, 500, 5000], 3, 24
names = [f"sentences-{amount}" for amount in amounts] + ["wide-start"]
ranks = torch.zeros(len(names), seeds, 2)

# %%
# The second language has the words of the first, renumbered. Sentences of both are
# drawn separately. The last network begins with weights whose standard deviation is 0.1
# instead of 0.02.

for seed in range(seeds):
    for row, name in enumerate(names):
        rng = torch.Generator().manual_seed(seed)
        grammar = draw_grammar(1, words, 1, spread=2.5, generator=rng)
        amount = (amounts + amounts[-1:])[row]
        drawn = draw_sentences(grammar, 2 * amount, 8, generator=rng).words
        drawn[amount:] += words
        body = Bert(4 + 2 * words, dim=32, depth=1, heads=4, positions=10)
        model = MaskedLanguageModel(body)
        draw_weights(model, std=0.1 if name == "wide-start" else 0.02, generator=rng)
        told = {"special": 4, "mask": 3, "steps": 400, "learning_rate": 5e-3}
        learn_language(model, frame(drawn)[0], **told, generator=rng)
        means = []
        for language in (0, 1):
            text = draw_sentences(grammar, 1000, 8, generator=rng).words
            with torch.no_grad():
                states = body(frame(text + language * words)[0])[:, 1:-1]
            means.append(mean_vectors(states, text - 4, words))
        shifted = means[0] + language_vector(*means)
        ranks[row, seed, 0] = reciprocal_rank(*means)
        ranks[row, seed, 1] = reciprocal_rank(shifted, means[1])

# %%
# Guessing gives the first number.

record("bert/alignment-by-chance", chance_rank(words), exact=True)
for name, values in zip(names, ranks, strict=True):
    for when, x in zip(("before", "after"), values.T, strict=True):
        record(f"bert/alignment-{when}-{name}", x.mean(), error=x.std() / seeds**0.5)
gain = ranks[2, :, 1] - ranks[2, :, 0]
record("bert/alignment-gain-of-shift", gain.mean(), error=gain.std() / seeds**0.5)

# %%
# A word finds its translation far better than by chance, and better still after the
# language vector is added; few sentences are not enough. Bars are standard errors.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for when, label in enumerate(("as they are", "language vector added")):
    x = ranks[: len(amounts), :, when]
    ax.errorbar(amounts, x.mean(1), x.std(1) / seeds**0.5, label=label, capsize=3)
ax.axhline(chance_rank(words), color="gray", ls=":", label="chance")
ax.set(xscale="log", xlabel="sentences of each language", ylabel="reciprocal rank")
fig.legend(loc="outside upper center", ncols=3)
fig.set_label("Two curves far above chance; both rise first and then stay level.")
plt.show()
