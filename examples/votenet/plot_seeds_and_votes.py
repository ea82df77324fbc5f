r"""
# Votes lie nearer to the centers than the seeds that cast them

Seeds and votes of a trained network in a room that it has not seen, as seen from above.

A network with [Eq. (votes)](../../notes/votenet.md) learns for a short time from 192
rooms; distances are measured in 64 others.
"""

import matplotlib.pyplot as plt
import torch
from matplotlib.patches import Rectangle

from dlnotes.blocks.grouping import gather_points
from dlnotes.blocks.supervised import take_rows
from dlnotes.ledger import record
from dlnotes.toy.furniture import FURNITURE
from dlnotes.toy.rooms import draw_rooms
from dlnotes.votenet.box_loss import detection_loss
from dlnotes.votenet.detector import find_objects, learn_detector, prepare_rooms
from dlnotes.votenet.model import VoteNet

rng = torch.Generator().manual_seed(0)
rooms = draw_rooms(192 + 64, 1024, emphasis=15.0, generator=rng)
model = VoteNet(torch.tensor([kind.size for kind in FURNITURE]), channels=1)
lessons = prepare_rooms(rooms, model)
known, new = take_rows(lessons, slice(192)), take_rows(lessons, slice(192, None))
options = {"steps": 300, "batch": 4, "learning_rate": 8e-3}
learn_detector(model, detection_loss, known, **options, generator=rng)

# %%
# ## Distances from the center of the object
#
# For seeds on objects; the true vote of a seed is its offset from the center.

found = find_objects(model, new)
offsets = gather_points(new.votes.offsets, found.seeds)
on_object = new.votes.on_object.gather(1, found.seeds)
before = offsets.norm(dim=-1)
after = (found.votes[:, :, 0] - found.places - offsets).norm(dim=-1)
count = on_object.sum(1).clamp_min(1)
for name, away in {"seeds": before, "votes": after}.items():
    each = (away * on_object).sum(1) / count
    record(f"votenet/gap-of-{name}", each.mean(), error=each.std() / 8, unit="m")

# %%
# First: seeds in a new room, dark where they lie on an object. Second: their votes.
# Boxes are the true ones, crosses their centers. Votes of seeds on objects gather.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained", sharey=True)
room = int(new.truths.real.sum(1).argmax())
boxes = new.truths.boxes[room][new.truths.real[room]]
places = {"seeds": found.places[room], "votes": found.votes[room, :, 0]}
for ax, (name, each) in zip(axes, places.items(), strict=True):
    colors = ["C0" if on else "0.75" for on in on_object[room]]
    ax.scatter(each[:, 0], each[:, 1], s=6, c=colors)
    for x, y, _, long, wide, _, turn in boxes.tolist():
        corner, angle = (x - long / 2, y - wide / 2), turn * 180 / torch.pi
        turned = {"angle": angle, "rotation_point": "center"}
        ax.add_patch(Rectangle(corner, long, wide, fill=False, ec="C3", **turned))
    ax.plot(boxes[:, 0], boxes[:, 1], "C3+")
    ax.set(title=name, aspect="equal", xlabel="x / m")
axes[0].set(ylabel="y / m")
fig.set_label("Seeds all over a room; votes of those on objects near centers of boxes.")
plt.show()
