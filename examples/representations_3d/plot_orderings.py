r"""
# The largest value deals with order as well as anything

Six ways to deal with the order of points, on clouds that come in random order.

The last is that of [Eq. (max-network)](../../notes/representations_3d.md).
"""

from typing import get_args

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import find_classes, learn_classes
from dlnotes.ledger import record
from dlnotes.representations_3d.objects import draw_upright
from dlnotes.representations_3d.ordering import Handling, OrderingNetwork

ways, seeds = get_args(Handling), 5
accuracy, weights = torch.zeros(len(ways), seeds), torch.zeros(len(ways))
sizes = {"count": 64, "widths": (32, 64), "head": (32,), "dropout": 0.0}

# %%
# ## Learn from the same solids
#
# Each network sees 300 times 32 of 1,200 solids of 64 points, and is asked about 400
# others. Solids and networks are new in each of five seeds.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    learn, test = (draw_upright(each, 64, generator=rng) for each in (150, 50))
    for row, way in enumerate(ways):
        network = OrderingNetwork(8, way, **sizes)
        given, labels = (learn.points,), learn.labels
        learn_classes(network, given, labels, steps=300, generator=rng)
        found = find_classes(network, (test.points,), len(test.labels))
        accuracy[row, seed] = (found == test.labels).float().mean()
        weights[row] = sum(p.numel() for p in network.parameters())
for way, count, found in zip(ways, weights, accuracy, strict=True):
    lead, words = accuracy[-1] - found, f"representations_3d/ordering-{way}"
    record(f"{words}-weights", count, exact=True)
    record(words, found.mean(), error=found.std() / seeds**0.5)
    if way != "max":
        words = f"representations_3d/ordering-lead-over-{way}"
        record(words, lead.mean(), error=lead.std() / seeds**0.5)

# %%
# Each point is one network. Dotted: one of eight by chance.

fig, ax = plt.subplots(figsize=(5.5, 2.6), layout="constrained")
ax.plot(accuracy, range(len(ways)), "C0o", alpha=0.6)
ax.plot(accuracy.mean(1), range(len(ways)), "C3|", ms=18)
ax.axvline(1 / 8, color="0.5", linestyle=":")
ax.set(xlabel="accuracy", xlim=(0, 1), yticks=range(len(ways)), yticklabels=ways)
ax.invert_yaxis()
fig.set_label("Accuracies of six kinds of networks, five of each.")
plt.show()
