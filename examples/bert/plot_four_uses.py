r"""
# Four uses of one encoder, with ten labels and with a hundred

Class, kinds of words, pair, span: after filling in hidden words, and from scratch.

The heads are those of [Eq. (text-class)](../../notes/bert.md) and the next ones.
"""

from functools import partial

import matplotlib.pyplot as plt
import torch

from dlnotes.bert.heads import SpanExtractor, TextClassifier, TokenClassifier
from dlnotes.bert.learning import learn_answers, learn_language, share_right
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import MaskedLanguageModel
from dlnotes.ledger import record
from dlnotes.toy import tasks
from dlnotes.toy.languages import draw_documents, draw_grammar, frame

counts, seeds, topics, kinds = (10, 100), 5, 6, 4
uses = {
    "class": (tasks.draw_topic_task, partial(TextClassifier, classes=topics)),
    "tags": (tasks.draw_kind_task, partial(TokenClassifier, classes=kinds)),
    "pair": (tasks.draw_pair_task, partial(TextClassifier, classes=2)),
    "span": (tasks.draw_span_task, SpanExtractor),
}
accuracy = torch.zeros(len(uses), len(counts), 2, seeds)

# %%
# One language a seed. Filling in sees pairs of sentences without any label.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    grammar = draw_grammar(topics, kinds, 6, generator=rng)
    text, _ = draw_documents(grammar, 4000, 2, 8, generator=rng)
    tokens, segments = frame(text.words[::2], text.words[1::2])
    sizes = {"dim": 32, "depth": 1, "heads": 4, "positions": 19}
    model = MaskedLanguageModel(Bert(grammar.tokens, **sizes))
    draw_weights(model, std=0.1, generator=rng)
    start = {name: x.clone() for name, x in model.body.state_dict().items()}
    told = {"special": 4, "mask": 3, "steps": 500, "batch": 32, "segments": segments}
    learn_language(model, tokens, **told, generator=rng)
    for use, (draw, make) in enumerate(uses.values()):
        x, s, y = draw(grammar, 600, 8, generator=rng)
        for k, few in enumerate(counts):
            for way, state in enumerate((model.body.state_dict(), start)):
                net = make(Bert(grammar.tokens, **sizes))
                draw_weights(net, std=0.1, generator=rng)
                net.body.load_state_dict(state)
                training = [part[:few] for part in (x, s, y)]
                learn_answers(net, *training, steps=60, generator=rng)
                with torch.no_grad():
                    found = share_right(net(x[100:], s[100:]), y[100:])
                accuracy[use, k, way, seed] = found

# %%
# Leads are seed by seed. Bars are standard errors over five languages.

fig, axes = plt.subplots(1, 4, figsize=(7.5, 2.6), layout="constrained", sharey=True)
for use, values, ax in zip(uses, accuracy, axes, strict=True):
    for few, (tuned, scratch) in zip(counts, values, strict=True):
        record(f"bert/{use}-{few}", tuned.mean(), error=tuned.std() / seeds**0.5)
        lead = tuned - scratch
        record(f"bert/{use}-lead-{few}", lead.mean(), error=lead.std() / seeds**0.5)
    for way, name in enumerate(("pre-trained", "from scratch")):
        error = values[:, way].std(1) / seeds**0.5
        ax.errorbar(counts, values[:, way].mean(1), error, label=name, capsize=3)
    ax.set(xscale="log", xlabel="labels", title=use)
axes[0].set(ylabel="accuracy")
axes[0].legend()
fig.set_label("Accuracy over labels for four uses, pre-trained and from scratch.")
plt.show()
