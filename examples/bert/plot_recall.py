r"""
# A network that reads from left to right looks up what it has just read

Keys have other values in every text, so that no weight can know them.

The loss is that of [Eq. (left-to-right)](../../notes/bert.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.bert.causal import causal_mask, influence, next_token_loss
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import MaskedLanguageModel
from dlnotes.blocks.training import train
from dlnotes.ledger import record
from dlnotes.toy.tasks import draw_recall

pairs, seeds, steps, shots = 12, 3, 300, 4
mask = causal_mask(2 * pairs)
accuracy = torch.zeros(2, seeds, shots + 1)

# %%
# Texts of 12 keys, each with its value behind it; 4 keys in a text, 8 values in all.
# Nothing of a text is learned: what is right at the second meeting was read at the
# first.

for seed in range(seeds):
    for depth in (1, 2):
        rng = torch.Generator().manual_seed(seed)
        sizes = {"dim": 32, "depth": depth, "heads": 2, "segments": 0}
        model = MaskedLanguageModel(Bert(16, **sizes, positions=2 * pairs))
        draw_weights(model, std=0.1, generator=rng)
        texts, _ = draw_recall(64 * steps, pairs, generator=rng)
        train(
            model,
            texts,
            lambda net, x, _: torch.div(*next_token_loss(net(x, None, mask), x)),
            steps=steps,
            batch=64,
            learning_rate=3e-3,
            generator=rng,
        )
        texts, before = draw_recall(500, pairs, generator=rng)
        with torch.no_grad():
            guess = model(texts, None, mask)[:, ::2].argmax(-1)
        right = (guess == texts[:, 1::2]).float()
        for k in range(shots + 1):
            accuracy[depth - 1, seed, k] = right[before == k].mean()

# %%
# The derivative of what is said at a place by what comes later is exactly 0.

start = model.body.start(texts[:1])[0].detach().double()
encoder = model.body.encoder.double()
table = influence(lambda x: encoder(x, mask=mask[:, None]), start)
record("bert/influence-of-the-future", table.triu(1).max(), exact=True)
one, two = accuracy
for name, values in {
    "unseen": two[:, 0],
    "one-shot": two[:, 1],
    "one-shot-one-layer": one[:, 1],
    "four-shots-one-layer": one[:, 4],
}.items():
    record(f"bert/recall-{name}", values.mean(), error=values.std() / seeds**0.5)

# %%
# Two layers know the value of a key after one meeting; one layer does not.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for values, name in zip(accuracy, ("one layer", "two layers"), strict=True):
    places, error = range(shots + 1), values.std(0) / seeds**0.5
    ax.errorbar(places, values.mean(0), error, label=name, capsize=3)
ax.axhline(1 / 8, color="gray", ls=":", label="chance")
ax.set(xlabel="how often the key was met before", ylabel="accuracy", xticks=places)
fig.legend(loc="outside upper center", ncols=3)
fig.set_label(
    "Accuracy over meetings: two layers are right from the first, one is not."
)
plt.show()
