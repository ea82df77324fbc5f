r"""
# What makes a good cluster: its size, its pooling, and the number of votes

After one backbone has learned, what follows it learns anew, each time with one change.

A cluster is [Eq. (proposal)](../../notes/votenet.md). Seeds and their features are the
same for all that are compared.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import take_rows
from dlnotes.ledger import record
from dlnotes.toy.furniture import FURNITURE
from dlnotes.toy.rooms import draw_rooms
from dlnotes.votenet import detector
from dlnotes.votenet.box_loss import detection_loss
from dlnotes.votenet.model import VoteNet

means, seeds = torch.tensor([kind.size for kind in FURNITURE]), 3
how = {"batch": 4, "learning_rate": 8e-3}
changes = {
    "as-published": {},
    "radius-15": {"radius": 0.15},
    "radius-60": {"radius": 0.6},
    "largest": {"pooling": "max"},
    "mean": {"pooling": "mean"},
    "three-votes": {"vote_factor": 3},
    "spread-votes": {"by": "votes"},
}
precision = torch.zeros(len(changes), 2, seeds)

# %%
# ## One backbone, several ways to go on
#
# 350 steps for the backbone with all that follows, in 256 rooms; then 400 for each
# change, in the same rooms. Published is a radius of 0.3 m, learned pooling and one
# vote a seed; here with 64 spread seeds. The precision is that in 64 other rooms.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    rooms = draw_rooms(256 + 64, 1024, emphasis=15.0, generator=rng)
    first = VoteNet(means, channels=1)
    lessons = detector.prepare_rooms(rooms, first)
    known = take_rows(lessons, slice(256))
    both = {**how, "generator": rng}
    detector.learn_detector(first, detection_loss, known, steps=350, **both)
    kept = detector.keep_seeds(first, lessons)
    known, new = (take_rows(kept, x) for x in (slice(256), slice(256, None)))
    for row, options in enumerate(changes.values()):
        model = VoteNet(means, channels=1, **options)
        detector.learn_detector(model, detection_loss, known, steps=400, **both)
        precision[row, :, seed] = detector.detector_precision(model, new)

# %%
# Gains are over the first of these, seed by seed.

for part, threshold in enumerate((25, 50)):
    each = precision[:, part]
    found = dict(zip(changes, each, strict=True))
    found |= {f"gain-of-{n}": x - each[0] for n, x in [*found.items()][1:]}
    for name, values in found.items():
        error = values.std() / seeds**0.5
        record(f"votenet/{name}-ap{threshold}", values.mean(), error=error)

# %%
# Each point is one seed, bars are means. First: at an overlap of a quarter. Second: of
# a half.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained", sharey=True)
for part, ax in enumerate(axes):
    places = range(len(changes))
    ax.barh(places, precision[:, part].mean(1), color="C0", alpha=0.4)
    ax.plot(precision[:, part], places, "C0.")
    ax.set(xlabel=f"AP at {(part + 1) / 4}", xlim=(0, 1))
axes[0].set(yticks=range(len(changes)), yticklabels=changes)
axes[0].invert_yaxis()
fig.set_label("Two panels of bars, one for each change, with three points on each.")
plt.show()
