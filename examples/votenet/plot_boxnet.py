r"""
# With 64 proposals BoxNet finds what VoteNet finds, from seeds alone

BoxNet learns in the same rooms as VoteNet, in as many steps: it looks from the surface.

[Eq. (votes)](../../notes/votenet.md) is what differs, and what follows from it: BoxNet
makes proposals of clusters of seeds, and a proposal stands for an object if its seed is
on one.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import take_rows
from dlnotes.ledger import record
from dlnotes.toy.furniture import FURNITURE
from dlnotes.toy.rooms import draw_rooms
from dlnotes.votenet import detector
from dlnotes.votenet.boxnet import BoxNet, boxnet_loss

means, seeds, counts = torch.tensor([kind.size for kind in FURNITURE]), 3, (32, 64)
how = {"steps": 1000, "batch": 4, "learning_rate": 8e-3}
precision = torch.zeros(len(counts), 2, len(FURNITURE), seeds)

# %%
# ## The same rooms, steps and order
#
# 256 rooms to learn from, 64 others to be tested on; 64 proposals while it learns.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    rooms = draw_rooms(256 + 64, 1024, emphasis=15.0, generator=rng)
    model = BoxNet(means, channels=1)
    lessons = detector.prepare_rooms(rooms, model)
    known, new = (take_rows(lessons, x) for x in (slice(256), slice(256, None)))
    detector.learn_detector(model, boxnet_loss, known, **how, generator=rng)
    for row, model.count in enumerate(counts):
        precision[row, :, :, seed] = detector.class_precision(model, new)[0]

# %%
# The precision by number of proposals; of each class at a half, with 64 of them.

names, values = [kind.name for kind in FURNITURE], {}
for part, threshold in enumerate((25, 50)):
    for count, each in zip(counts, precision[:, part].mean(1), strict=True):
        values[f"seeds-{count}-ap{threshold}"] = each
for number, name in enumerate(names):
    values[f"{name}-ap50"] = precision[1, 1, number]
for name, each in values.items():
    record(f"votenet/boxnet-{name}", each.mean(), error=each.std() / seeds**0.5)

# %%
# Average precision of BoxNet for each class, at an overlap of a quarter and of a half.
# Bars are standard errors over three seeds.

fig, ax = plt.subplots(figsize=(5.5, 2.8), layout="constrained")
for part, label in enumerate(("a quarter", "a half")):
    places, each = torch.arange(len(names)) + 0.4 * part - 0.2, precision[1, part]
    bars = each.std(1) / seeds**0.5
    style = {"yerr": bars, "ecolor": "0.5", "label": f"overlap of {label}"}
    ax.bar(places, each.mean(1), 0.36, **style)
ax.set(xticks=range(len(names)), xticklabels=names, ylabel="AP", ylim=(0, 1))
fig.legend(loc="outside upper center", ncols=2)
fig.set_label("Pairs of bars, one pair for each class of furniture.")
plt.show()
