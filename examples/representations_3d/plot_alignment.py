r"""
# No learned matrix brings back what upright solids have

Solids in any rotation: alignment that is learned, training on rotations, and distances.

The matrices are those of [Eq. (alignment)](../../notes/representations_3d.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.blocks.supervised import find_classes
from dlnotes.blocks.training import train
from dlnotes.ledger import record
from dlnotes.representations_3d.objects import distance_features, draw_upright
from dlnotes.representations_3d.pointnet import PointEncoder, PointNet
from dlnotes.representations_3d.pointnet import orthogonality_penalty as penalty
from dlnotes.toy.distortions import draw_rotations, turn_clouds

small, seeds = ((32, 64), (32,)), 3
arms = {  # are rotations seen, matrices of points, of features, weight of the penalty
    "upright": (False, None, None, 0.0),
    "turned": (True, None, None, 0.0),
    "turned, points": (True, small, None, 0.0),
    "turned, features": (True, None, small, 0.0),
    "turned, penalty": (True, None, small, 1e-3),
    "turned, both": (True, small, small, 1e-3),
    "distances": (False, None, None, 0.0),
}
accuracy = torch.zeros(len(arms), 2, seeds)

# %%
# ## Learn upright or turned, and meet both
#
# Each sees 300 times 32 of 3,200 solids of 64 points, and is asked about 400 others.
# The last one sees of each point how far others are, which no rotation changes.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    learn, test = (draw_upright(each, 64, generator=rng) for each in (400, 50))
    clouds = [learn.points, test.points]
    turns = [draw_rotations("so3", len(x), generator=rng) for x in clouds]
    clouds += [turn_clouds(*pair) for pair in zip(clouds, turns, strict=True)]
    far = [distance_features(cloud) for cloud in clouds]
    for row, (name, (turned, points, features, weight)) in enumerate(arms.items()):
        given = far if name == "distances" else clouds
        sizes = {"channels": given[0].shape[2], "local": (32, 32), "widths": (32, 64)}
        sizes |= {"point_alignment": points, "feature_alignment": features}
        plain = {"encoder": PointEncoder(**sizes), "head": (32,), "dropout": 0.0}
        network = PointNet(8, **plain).train()
        train(
            *(network, torch.arange(len(learn.labels))),
            lambda m, rows, _, x=given[2 * turned], y=learn.labels, w=weight: (
                F.cross_entropy(m.head((e := m.encoder(x[rows])).pooled), y[rows])
                + (w * penalty(e.feature_matrices).mean() if w else 0)
            ),
            **{"steps": 300, "batch": 32, "generator": rng},
        )
        for column, asked in enumerate(given[1::2]):
            found = find_classes(network.eval(), (asked,), len(asked))
            accuracy[row, column, seed] = (found == test.labels).float().mean()
for name, (upright, turned) in zip(arms, accuracy, strict=True):
    words = f"representations_3d/alignment-{name.replace(', ', '-')}"
    record(words, upright.mean(), error=upright.std() / seeds**0.5)
    record(f"{words}-turned", turned.mean(), error=turned.std() / seeds**0.5)
lead, name = accuracy[-1, 1] - accuracy[1:-1, 1].amax(0), "alignment-lead-of-distances"
record(f"representations_3d/{name}", lead.mean(), error=lead.std() / seeds**0.5)

# %%
# Filled: solids in any rotation. Open: upright ones. Dotted: one of eight by chance.

fig, ax = plt.subplots(figsize=(6, 2.9), layout="constrained")
ax.plot(accuracy[:, 0], range(len(arms)), "C0o", mfc="none", alpha=0.7)
ax.plot(accuracy[:, 1], range(len(arms)), "C3o", alpha=0.7)
ax.axvline(1 / 8, color="0.5", linestyle=":")
ax.set(xlabel="accuracy", xlim=(0, 1), yticks=range(len(arms)), yticklabels=arms)
ax.invert_yaxis()
fig.set_label("Accuracies of seven kinds of networks, upright and turned.")
plt.show()
