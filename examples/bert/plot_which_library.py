r"""
# With few labels, filling in words is a start

Which library does a sentence document? Five seeds of everything, beside a bag of words.
"""

from copy import deepcopy

import matplotlib.pyplot as plt
import torch
from sklearn.linear_model import LogisticRegression

from dlnotes.bert.heads import TextClassifier
from dlnotes.bert.learning import learn_answers, learn_language, share_right
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import MaskedLanguageModel
from dlnotes.bert.tokens import WordPieces, learn_vocabulary
from dlnotes.blocks.training import rise_and_fall
from dlnotes.ledger import record
from dlnotes.toy.text import label_sentences

texts, labels, held = label_sentences()
learn, test = (~held).nonzero().flatten(), held.nonzero().flatten()[::3]
pieces = WordPieces(learn_vocabulary([texts[i] for i in learn], 2000))
batch = pieces.encode(texts, longest=24)
bag = torch.zeros(len(texts), 2000).scatter_(1, batch.ids, 1)
counts, losses, seeds = [30, 300], torch.zeros(5), 5
both = {"schedule": rise_and_fall, "batch": 32}
how = {"special": 5, "mask": 4, "ratio": 0.3, "steps": 600, "learning_rate": 5e-3}
tuning = {"steps": 60, "learning_rate": 2e-3}
names, accuracy = ("pre-trained", "from scratch", "bag of words"), torch.zeros(3, 2, 5)

# %%
# 600 steps without labels, then 60 with them, for two choices of labels in each seed.
# About a fifth of the documents is held out, every third of their sentences is asked.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    fresh = MaskedLanguageModel(Bert(2000, dim=64, depth=2, heads=4, positions=24))
    draw_weights(fresh, std=0.1, generator=rng)
    model = deepcopy(fresh)
    told = learn_language(model, batch.ids[learn], **how, **both, generator=rng)
    losses[seed] = sum(told[-50:]) / 50
    order = learn[torch.randperm(len(learn), generator=rng)]
    for turn, k in enumerate((0, 1, 0, 1)):
        few = order[300 * turn :][: counts[k]]
        for row, start in enumerate((model, fresh)):
            classifier = TextClassifier(deepcopy(start.body), 3)
            draw_weights(classifier.pooler, std=0.1, generator=rng)
            draw_weights(classifier.output, generator=rng)
            given = batch.ids[few], batch.segments[few], labels[few]
            learn_answers(classifier, *given, **tuning, **both, generator=rng)
            with torch.no_grad():
                scores = classifier(batch.ids[test], None, batch.seen[test])
            accuracy[row, k, seed] += share_right(scores, labels[test]) / 2
        fit = LogisticRegression(max_iter=1000).fit(bag[few], labels[few])
        accuracy[2, k, seed] += fit.score(bag[test].numpy(), labels[test].numpy()) / 2
found = {"pretraining-loss": losses}
for row, name in enumerate(names):
    for k, count in enumerate(counts):
        found[f"{name.replace(' ', '-')}-{count}"] = accuracy[row, k]
        if row:
            lead = accuracy[0, k] - accuracy[row, k]
            found[f"lead-over-{name.split()[-1]}-{count}"] = lead
for name, values in found.items():
    record(f"bert/{name}", values.mean(), error=values.std() / seeds**0.5)
record("bert/share-of-python", (labels[test] == 0).float().mean(), exact=True)

# %%
# Each point is one seed, lines join means. Dotted: always the most frequent library.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for name, values in zip(names, accuracy, strict=True):
    (line,) = ax.plot(range(2), values.mean(1), label=name)
    ax.plot(range(2), values, ".", color=line.get_color())
ax.axhline((labels[test] == 0).float().mean(), color="0.5", linestyle=":")
ax.set(xlabel="labels", ylabel="accuracy", xticks=range(2), xticklabels=counts)
ax.legend()
fig.set_label("Three rising lines with points around them, and a level.")
plt.show()
