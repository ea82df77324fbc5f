r"""
# TITLE with coordinates

Six ways to look at a map, at equal parameters, each node told where it lies.

Maps are those of [Eq. (batch-som)](../../notes/so_net.md), the better ordered ones of
[Eq. (kohonen)](../../notes/so_net.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import find_classes, learn_classes
from dlnotes.ledger import record
from dlnotes.so_net import node_windows as windows
from dlnotes.so_net.kohonen import kohonen_som
from dlnotes.so_net.map_heads import (
    MapClassifier,
    PooledHead,
    SharedHead,
    WindowHead,
    hidden_width,
)
from dlnotes.so_net.overlap import group_points
from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.toy.distortions import draw_rotations, fit_ball, turn_clouds
from dlnotes.toy.shapes import KINDS, draw_objects

kinds, seeds, coordinates = list(KINDS)[:8], 10, 3
start = ball_nodes(generator=torch.Generator().manual_seed(0))
heads = {"shared": SharedHead, "grid": WindowHead, "shuffled": WindowHead}
heads |= {"shuffled-each": WindowHead, "near-joined": WindowHead}
heads |= {"near-largest": PooledHead, "ordered": WindowHead}

# %%
# ## Maps, groups and windows, made once before the trainings
#
# Eight kinds of solids, turned around the z axis; new ones for each seed.

accuracy, weights = torch.zeros(7, seeds), {}
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    fixed, sets = windows.draw_orders(1, 64, same=True, generator=rng), []
    for each in (24, 32):
        cloud, labels = draw_objects(kinds, each, 192, generator=rng)
        turns = draw_rotations("z", len(labels), generator=rng)
        points = turn_clouds(fit_ball(cloud.points), turns)
        grid = windows.grid_window(clouds=len(labels))
        own = windows.draw_orders(len(labels), 64, same=False, generator=rng)
        views = [grid, grid, windows.shuffled_window(grid, fixed.expand_as(own))]
        nodes = batch_som(points, start)
        views += [windows.shuffled_window(grid, own)]
        views += [windows.nearest_window(nodes)] * 2
        given = [(group_points(points, nodes), view) for view in views]
        ordered = group_points(points, kohonen_som(points, start))
        sets.append(([*given, (ordered, grid)], labels))
    (learn, wanted), (test, labels) = sets
    for row, (name, head) in enumerate(heads.items()):
        inputs = (16 + coordinates) * (9 if head is WindowHead else 1)
        hidden, options = hidden_width(inputs, 64, 10_000), {"coordinates": coordinates}
        model = MapClassifier(8, (16,), hidden, 64, head=head, **options)
        options = {"steps": 80, "learning_rate": 5e-3}
        rng = torch.Generator().manual_seed(seed)
        learn_classes(model, learn[row], wanted, **options, generator=rng)
        found = find_classes(model, test[row], len(labels))
        accuracy[row, seed] = (found == labels).double().mean()
        weights[name] = sum(p.numel() for p in model.parameters())
names = list(heads)
for name, each in zip(names, accuracy, strict=True):
    error = each.std() / seeds**0.5
    record(f"so_net/with-with", each.mean(), error=error)

# %%
# ## Differences in the same seed

pairs = ["grid shared", "grid shuffled", "ordered grid", "near-joined shared"]
pairs += ["near-largest shared", "shuffled-each shared"]
for one, other in map(str.split, pairs):
    lead = accuracy[names.index(one)] - accuracy[names.index(other)]
    error = lead.std() / seeds**0.5
    record(f"so_net/{one}-over-{other}-with", lead.mean(), error=error)

# %%
# Each point is a network, tested on solids that were not learned; lines are means.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.plot(accuracy.T, torch.arange(7).expand(seeds, 7), "C0o", ms=4, alpha=0.6)
ax.plot(accuracy.mean(1), range(7), "C3|", ms=18)
ax.set(xlabel="accuracy", yticks=range(7), yticklabels=names, ylim=(6.5, -0.5))
fig.set_label("ALT")
plt.show()
