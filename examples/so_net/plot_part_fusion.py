r"""
# Copies in several groups help to tell parts, the map by itself does not

Parts of solids: on a map with three copies of each point, with one, and in one group.

Copies become one point by [Eq. (fusion)](../../notes/so_net.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.blocks.supervised import find_classes, learn_classes
from dlnotes.ledger import record
from dlnotes.so_net.cloud_networks import SoNetSegmenter
from dlnotes.so_net.node_encoder import NodeEncoder
from dlnotes.so_net.node_windows import nearest_window
from dlnotes.so_net.overlap import group_points
from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.toy.distortions import draw_rotations, fit_ball, turn_clouds
from dlnotes.toy.shapes import draw_objects
from dlnotes.toy.solids import KINDS

kinds, seeds = ["bracket", "tube", "arrow", "mushroom", "lamp"], 4
starts = torch.tensor([len(KINDS[kind].parts) for kind in kinds]).cumsum(0)
total, starts = int(starts[-1]), F.pad(starts[:-1], (1, 0))
start = ball_nodes((4, 4), generator=torch.Generator().manual_seed(0))
words = "three", "one", "whole", "lead-one", "lead-whole"

# %%
# ## Solids, turned around the z axis
#
# Each part of each kind is a class. All three have the same layers.

accuracy, overlap = torch.zeros(2, 3, seeds)
for seed in range(seeds):
    rng, sets = torch.Generator().manual_seed(seed), []
    for _ in range(2):
        cloud, labels = draw_objects(kinds, 24, 128, generator=rng)
        turns = draw_rotations("z", len(labels), generator=rng)
        points = turn_clouds(fit_ball(cloud.points), turns)
        nodes, middle = (
            batch_som(points, start, sides=(4, 4)),
            points.mean(1, keepdim=True),
        )
        views = [group_points(points, nodes, k) for k in (3, 1)]
        near = nearest_window(nodes)
        views = [(points, view, near) for view in views]
        views += [(points, group_points(points, middle, 1), nearest_window(middle, 1))]
        sets.append((views, cloud.parts + starts[labels, None]))
    (learn, parts), (test, wanted) = sets
    for row in range(3):
        encoder = NodeEncoder((16, 32, 32), (64,), (64, 64))
        model = SoNetSegmenter(total, encoder, before=(64, 32), after=(), dropout=0)
        rng = torch.Generator().manual_seed(seed)
        options = {"steps": 150, "batch": 16, "learning_rate": 3e-3}
        learn_classes(model, learn[row], parts, **options, generator=rng)
        found = find_classes(model, test[row], len(wanted))
        accuracy[row, seed] = (found == wanted).double().mean()
        one, other = (F.one_hot(x, total).flatten(0, 1) for x in (found, wanted))
        overlap[row, seed] = ((one & other).sum(0) / (one | other).sum(0)).mean()
for word, table in {"parts": accuracy, "parts-overlap": overlap}.items():
    rows = [*table, *(table[0] - table[1:])] if word == "parts" else table
    for name, each in zip(words, rows, strict=False):
        error = each.std() / seeds**0.5
        record(f"so_net/{word}-{name}", each.mean(), error=error)

# %%
# Share of points whose part is right, and mean overlap of parts; a line is a seed.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
tables = {"accuracy": accuracy, "overlap": overlap}
for ax, (name, table) in zip(axes, tables.items(), strict=True):
    ax.plot(range(3), table, "C0o-", ms=4, alpha=0.6)
    ax.plot(range(3), table.mean(1), "C3_", ms=18)
    ax.set(ylabel=name, xticks=range(3), xlim=(-0.4, 2.4), xlabel="way to see a point")
    ax.set_xticklabels(["three copies", "one copy", "no map"])
fig.set_label("Two panels; three copies are above one copy, no map is highest.")
plt.show()
