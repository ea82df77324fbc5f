r"""
# Each layer knows something else

What a linear map reads off the vector of one token, layer by layer, in three seeds.

The map is that of [Eq. (ridge)](../../notes/bert.md).
"""

from copy import deepcopy

import matplotlib.pyplot as plt
import torch

from dlnotes.bert.learning import learn_language
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import MaskedLanguageModel
from dlnotes.bert.probing import apply_probe, mean_state, ridge_probe
from dlnotes.bert.tokens import WordPieces, learn_vocabulary
from dlnotes.blocks.training import rise_and_fall
from dlnotes.ledger import record
from dlnotes.toy.text import label_sentences

texts, labels, held = label_sentences()
pieces = WordPieces(learn_vocabulary(texts, 2000))
batch = pieces.encode(texts, longest=24)
some = torch.cat([(~held).nonzero()[::5, 0], held.nonzero()[:, 0]])
ids, seen, fits, seeds, place = batch.ids[some], batch.seen[some], ~held[some], 3, 5
questions = "before", "itself", "after", "library"
kinds = {"trained": "C0o-", "untrained": "C1s--", "shuffled": "C2.:"}
accuracy = torch.zeros(3, len(questions), 3, seeds)  # kind, question, layer, seed

# %%
# ## Train, then probe
#
# The vector of the fifth piece: which piece is that, which stands before, which after?
# Asked where the answer is one of three. The last question reads the mean vector.
# Probes are fitted to every fifth sentence and tested on those that were held out.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    fresh = MaskedLanguageModel(Bert(2000, dim=64, depth=2, heads=4, positions=24))
    draw_weights(fresh, std=0.1, generator=rng)
    model, how = deepcopy(fresh), {"special": 5, "mask": 4, "ratio": 0.3, "batch": 32}
    how |= {"learning_rate": 5e-3, "schedule": rise_and_fall}
    learn_language(model, batch.ids[~held], steps=400, generator=rng, **how)
    both = [net.body.hidden_states(ids, None, seen) for net in (model, fresh)]
    for kind, states in enumerate(torch.stack(x).detach() for x in (*both, both[0])):
        for number, question in enumerate(questions):
            x, wanted = states[:, :, place], ids[:, place - 1 + number % 3]
            if question == "library":
                x, wanted = mean_state(states, seen.expand(3, -1, -1)), labels[some]
            frequent = wanted[fits].bincount().topk(3).indices
            answers = (wanted[:, None] == frequent).long()
            asked, answer = answers.sum(1) > 0, answers.argmax(1)
            given = answer[asked & fits]
            if kind == 2:
                given = given[torch.randperm(len(given), generator=rng)]
            x = (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True).clamp(min=1e-6)
            fit = ridge_probe(x[:, asked & fits], given.expand(3, -1), 3, penalty=10.0)
            found = apply_probe(fit, x[:, asked & ~fits]).argmax(-1)
            hit = found == answer[asked & ~fits]
            accuracy[kind, number, :, seed] = hit.float().mean(1)
for kind, layer in ((0, 0), (0, 2), (1, 2), (2, 2)):
    for number, question in enumerate(questions):
        x, name = accuracy[kind, number, layer], f"{[*kinds][kind]}-{layer}"
        if question != "itself":
            record(f"bert/{name}-{question}", x.mean(), error=x.std() / seeds**0.5)

# %%
# Solid: trained. Dashed: untrained. Dotted: trained, but shown shuffled labels.

fig, axes = plt.subplots(1, 4, figsize=(7.4, 2.6), layout="constrained", sharey=True)
for ax, question, values in zip(axes, questions, accuracy.movedim(1, 0), strict=True):
    for (name, style), each in zip(kinds.items(), values, strict=True):
        ax.plot(each.mean(1), style, label=name)
    ax.set(title=question, xlabel="layer", ylim=(0, 1.05))
axes[0].set(ylabel="accuracy")
axes[3].legend(fontsize="small")
fig.set_label("Four panels of three lines over the layers.")
plt.show()
