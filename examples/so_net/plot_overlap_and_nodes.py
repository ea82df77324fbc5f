r"""
# Overlap of groups helps, more nodes do not

Accuracy by how many groups a point belongs to, and by how many nodes there are.

Groups are those of [Eq. (centering)](../../notes/so_net.md): with `k` of them for each
of `N` points, the point layers see `kN` rows.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import find_classes, learn_classes
from dlnotes.ledger import record
from dlnotes.so_net.map_heads import MapClassifier, SharedHead, hidden_width
from dlnotes.so_net.node_windows import nearest_window
from dlnotes.so_net.overlap import group_points
from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.toy.distortions import draw_rotations, fit_ball, turn_clouds
from dlnotes.toy.shapes import KINDS, draw_objects

kinds, seeds, points_each = list(KINDS)[:8], 4, 256
settings = [(k, 8) for k in (1, 2, 3, 4, 5)] + [(3, side) for side in (4, 6, 10)]
rng = torch.Generator().manual_seed(0)
starts = {s: ball_nodes((s, s), rate=5e-3, generator=rng) for s in (8, 4, 6, 10)}

# %%
# ## Eight kinds of solids, turned around the z axis
#
# The head looks at each node alone. All networks have equally many parameters.

accuracy = torch.zeros(len(settings), seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    sets, maps = [], []
    for _ in range(2):
        cloud, labels = draw_objects(kinds, 24, points_each, generator=rng)
        turns = draw_rotations("z", len(labels), generator=rng)
        points = turn_clouds(fit_ball(cloud.points), turns)
        sets.append(points)
        fit = {s: batch_som(points, x, sides=(s, s)) for s, x in starts.items()}
        maps.append(fit)
    for row, (k, side) in enumerate(settings):
        learn, test = (
            (group_points(points, fit[side], k), nearest_window(fit[side]))
            for points, fit in zip(sets, maps, strict=True)
        )
        head = {"head": SharedHead, "coordinates": 3}
        model = MapClassifier(8, (16,), hidden_width(19, 64, 10_000), 64, **head)
        options = {"steps": 80, "learning_rate": 5e-3}
        rng = torch.Generator().manual_seed(seed)
        learn_classes(model, learn, labels, **options, generator=rng)
        found = find_classes(model, test, len(labels))
        accuracy[row, seed] = (found == labels).double().mean()
errors = accuracy.std(1) / seeds**0.5
for (k, side), value, error in zip(settings, accuracy.mean(1), errors, strict=True):
    record(f"so_net/accuracy-k{k}-m{side**2}", value, error=error)
for name, row in {"k3": 2, "k5": 4}.items():
    lead = accuracy[row] - accuracy[0]
    record(f"so_net/lead-{name}", lead.mean(), error=lead.std() / seeds**0.5)
lead = accuracy[-1] - accuracy[5]
record("so_net/lead-m100", lead.mean(), error=lead.std() / seeds**0.5)

# %%
# First: by the number of groups of a point, on maps of 8 by 8 nodes. Second: by the
# number of nodes, with three groups. Each point is a network, lines are means.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained", sharey=True)
for ax, rows in zip(axes, ([0, 1, 2, 3, 4], [5, 6, 2, 7]), strict=True):
    places = torch.arange(len(rows))
    ax.plot(places.expand(seeds, -1), accuracy[rows].T, "C0o", ms=4, alpha=0.6)
    ax.plot(places, accuracy[rows].mean(1), "C3-_", ms=14)
    ax.set(xticks=places)
axes[0].set(ylabel="accuracy", xlabel="groups of a point", xticklabels=range(1, 6))
axes[1].set(xlabel="nodes", xticklabels=(16, 36, 64, 100))
fig.set_label(
    "Accuracies that rise with the groups of a point and fall with the nodes."
)
plt.show()
