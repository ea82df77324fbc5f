r"""
# Votes lie nearer to the centers than the seeds that cast them

VoteNet learns in rooms, three times; then seeds and votes in a room that is new to it.

The move is that of [Eq. (votes)](../../notes/votenet.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import take_rows
from dlnotes.ledger import record
from dlnotes.toy.furniture import FURNITURE
from dlnotes.toy.rooms import draw_rooms
from dlnotes.votenet import detector
from dlnotes.votenet.box_loss import detection_loss
from dlnotes.votenet.boxes import box_corners
from dlnotes.votenet.model import VoteNet

means, seeds = torch.tensor([kind.size for kind in FURNITURE]), 3
how = {"steps": 1000, "batch": 4, "learning_rate": 8e-3}
settings = [(by, count) for by in ("seeds", "votes") for count in (32, 64)]
away = torch.zeros(2, len(FURNITURE) + 1, seeds)  # seeds or votes, class or all
precision = torch.zeros(len(settings), 2, len(FURNITURE), seeds)

# %%
# ## Learning, and distances from the center of the object
#
# 256 rooms of 1,024 points, 1,000 steps of four rooms, 64 proposals of spread seeds.
# How many proposals, and whether seeds or votes are spread, changes for the test alone.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    rooms = draw_rooms(256 + 64, 1024, emphasis=15.0, generator=rng)
    model = VoteNet(means, channels=1)
    lessons = detector.prepare_rooms(rooms, model)
    known, new = (take_rows(lessons, x) for x in (slice(256), slice(256, None)))
    detector.learn_detector(model, detection_loss, known, **how, generator=rng)
    found = detector.find_objects(model, new)
    *gaps, kind = detector.vote_distances(found, new)
    for row, gap in enumerate(gaps):
        each = [gap[kind == number].mean() for number in range(len(FURNITURE))]
        away[row, :, seed] = torch.stack([*each, gap[kind >= 0].mean()])
    for row, (model.by, model.count) in enumerate(settings):
        precision[row, :, :, seed] = detector.class_precision(model, new)[0]

# %%
# The precision by setting; of each class at a half, with 64 proposals of spread seeds.

names, values = [kind.name for kind in FURNITURE], {}
for part, threshold in enumerate((25, 50)):
    for (by, count), each in zip(settings, precision[:, part].mean(1), strict=True):
        values[f"votenet-{by}-{count}-ap{threshold}"] = each, ""
for number, name in enumerate(names):
    values[f"votenet-{name}-ap50"] = precision[1, 1, number], ""
for row, name in enumerate(("seeds", "votes")):
    for part, each in zip([f"-{n}" for n in names] + [""], away[row], strict=True):
        values[f"gap-of-{name}{part}"] = each, "m"
for name, (each, unit) in values.items():
    record(f"votenet/{name}", each.mean(), error=each.std() / seeds**0.5, unit=unit)

# %%
# First: seeds in a new room, blue where they lie on an object. Second: their votes.
# Boxes are the true ones, crosses their centers. Votes of seeds on objects gather.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained", sharey=True)
room = int(new.truths.real.sum(1).argmax())
boxes = new.truths.boxes[room][new.truths.real[room]]
places = {"seeds": found.places[room], "votes": found.votes[room, :, 0]}
for ax, (name, each) in zip(axes, places.items(), strict=True):
    colors = ["C0" if on else "0.75" for on in kind[room] >= 0]
    ax.scatter(each[:, 0], each[:, 1], s=6, c=colors)
    for outline in box_corners(boxes)[:, [0, 1, 2, 3, 0], :2]:
        ax.plot(*outline.T, "C3")
    ax.plot(boxes[:, 0], boxes[:, 1], "C3+")
    ax.set(title=name, aspect="equal", xlabel="x / m")
axes[0].set(ylabel="y / m")
fig.set_label("Seeds all over a room; votes of those on objects near centers of boxes.")
plt.show()
