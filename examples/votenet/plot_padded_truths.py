r"""
# Padded truths make an object at the origin, unless they are masked

The labels of votes all over a room, by the published program and by a masked one.

Rooms have different numbers of objects; the published program fills their list up to 64
with zeros, and [Eq. (objectness)](../../notes/votenet.md) looks for the nearest of all.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.votenet.objectness import assign_objects
from dlnotes.votenet.proposals import output_parts
from dlnotes.votenet.voting import vote_loss

truths = torch.zeros(1, 64, 3)
truths[0, 0] = torch.tensor([3.0, 3, 1])
real = torch.arange(64)[None] < 1

# %%
# ## Four votes
#
# One at the center of the object, two at the origin or near it, and one far from both.

votes = torch.tensor([[[3.0, 3, 1], [0, 0, 0], [0.1, 0.1, 0.1], [2, 0, 0]]])
for name, mask in {"published": None, "masked": real}.items():
    found = assign_objects(votes, truths, mask=mask)
    record(f"votenet/positive-{name}", int(found.positive.sum()), exact=True)
    print(name, found.positive.int().tolist())

# %%
# ## Outputs of a proposal, and the vote loss by enumeration
#
# SUN RGB-D has 12 bins, 10 mean sizes and 10 classes; ScanNet 1, 18 and 18. Then the
# loss of three votes and three truths a seed, in 20 drawn scenes, beside plain loops.

record("votenet/outputs-sun", sum(output_parts(12, 10, 10)), exact=True)
record("votenet/outputs-scannet", sum(output_parts(1, 18, 18)), exact=True)
rng, same = torch.Generator().manual_seed(0), 0
for _ in range(20):
    pairs = torch.randint(-9, 9, (2, 1, 6, 3, 3), generator=rng).double()
    counted = torch.randint(0, 4, (6, 1), generator=rng) > torch.arange(3)
    best = [
        min(
            sum(abs(a - b) for a, b in zip(v, t, strict=True)) for v in said for t in on
        )
        for said, goals, mask in zip(*pairs[:, 0].tolist(), counted, strict=True)
        if (on := [goal for goal, yes in zip(goals, mask, strict=True) if yes])
    ]
    wanted = sum(best) / max(len(best), 1)
    same += abs(float(vote_loss(*pairs, counted[None])) - wanted) < 1e-12
record("votenet/vote-loss-same", same, exact=True)

# %%
# First: as published. Second: masked. Votes at the height of the origin are positive
# around the object at the lower height, negative far from it, and not judged between.

truths[0, 0, 2] = 0
axis = torch.linspace(-1, 4, 120)
places = torch.cartesian_prod(axis, axis, torch.zeros(1))[None]
fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), layout="constrained", sharey=True)
for ax, (name, mask) in zip(
    axes, {"published": None, "masked": real}.items(), strict=True
):
    found = assign_objects(places, truths, mask=mask)
    label = found.positive.float() - (found.counted & ~found.positive).float()
    picture = label.view(120, 120).mT
    ax.imshow(
        picture, origin="lower", extent=(-1, 4, -1, 4), cmap="PiYG", vmin=-1.6, vmax=1.6
    )
    ax.plot(3, 3, "k+", ms=9)
    ax.set(title=name, xlabel="x / m")
axes[0].set(ylabel="y / m")
fig.set_label(
    "Two plans: one with two discs of positive votes, one with a single disc."
)
plt.show()
