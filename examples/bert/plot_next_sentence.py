r"""
# What judging pairs in pre-training is worth for pairs afterwards

Next sentence, order of two sentences, or words alone; then two tasks with few labels.

The loss is that of [Eq. (pretraining-loss)](../../notes/bert.md); words alone leave its
second part out.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.bert.heads import TextClassifier
from dlnotes.bert.learning import learn_answers, learn_language, share_right
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pairs import exactly_half, has_next, in_order, next_sentence
from dlnotes.bert.pretraining import Pretraining
from dlnotes.ledger import record
from dlnotes.toy.languages import draw_documents, draw_grammar, frame
from dlnotes.toy.tasks import draw_pair_task

kinds, tasks, seeds, few = ("none", "next", "order"), ("topic", "sequence"), 5, 100
accuracy = torch.zeros(2, 3, seeds)

# %%
# Documents pass through six topics in one order. Afterwards: have two sentences one
# topic, and which of two neighbors with two topics comes first?

for seed in range(seeds):
    for row, kind in enumerate(kinds):
        rng = torch.Generator().manual_seed(seed)
        grammar = draw_grammar(6, 3, 6, generator=rng)
        text, documents = draw_documents(grammar, 1500, 6, 5, generator=rng)
        near = has_next(documents).nonzero()[:, 0]
        half = exactly_half(torch.rand(len(near), generator=rng))
        pair = near, next_sentence(documents, near, half, generator=rng)
        pair = in_order(near, near + 1, half) if kind == "order" else pair
        tokens, segments = frame(*(text.words[part] for part in pair))
        sizes = {"dim": 32, "depth": 1, "heads": 4, "positions": 13}
        model = Pretraining(Bert(grammar.tokens, **sizes))
        draw_weights(model, std=0.1, generator=rng)
        labels = None if kind == "none" else half.long()
        told = {"special": 4, "mask": 3, "steps": 400, "batch": 32}
        told |= {"segments": segments, "labels": labels, "generator": rng}
        learn_language(model, tokens, **told)
        rng = torch.Generator().manual_seed(seed)  # the same tasks for each kind
        text, documents = draw_documents(grammar, 300, 6, 5, generator=rng)
        near = has_next(documents) & (text.topics != text.topics.roll(-1))
        near = near.nonzero()[:, 0]
        half = exactly_half(torch.rand(len(near), generator=rng))
        pair = in_order(near, near + 1, half)
        ordered = *frame(*(text.words[part] for part in pair)), half.long()
        same = draw_pair_task(grammar, 1000, 5, generator=rng)
        for task, (x, s, y) in enumerate((same, ordered)):
            classifier = TextClassifier(Bert(grammar.tokens, **sizes), 2)
            draw_weights(classifier, std=0.1, generator=rng)
            classifier.body.load_state_dict(model.body.state_dict())
            classifier.pooler.load_state_dict(model.pooler.state_dict())
            training = [part[:few] for part in (x, s, y)]
            learn_answers(classifier, *training, steps=120, generator=rng)
            with torch.no_grad():
                scores = classifier(x[few:], s[few:])
            accuracy[task, row, seed] = share_right(scores, y[few:])

# %%
# Leads are over words alone in the same seed. Points are languages, lines their means.

fig, axes = plt.subplots(1, 2, figsize=(6.5, 2.6), layout="constrained", sharey=True)
for task, values, ax in zip(tasks, accuracy, axes, strict=True):
    for row, kind in enumerate(kinds):
        lead = values[row] - values[0] if row else values[0]
        name = f"bert/{task}-{'lead-of-' * bool(row)}{kind}"
        record(name, lead.mean(), error=lead.std() / seeds**0.5)
        ax.plot([row] * seeds, values[row], "C0o", alpha=0.6)
        ax.plot(row, values[row].mean(), "C3_", ms=22)
    ax.set(xticks=range(3), xlabel="pre-trained with pairs", title=f"task: {task}")
    ax.set_xticklabels(kinds)
axes[0].set(ylabel="accuracy")
fig.set_label("Accuracies of two tasks after three kinds of pre-training.")
plt.show()
