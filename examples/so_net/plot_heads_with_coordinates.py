r"""
# With coordinates of nodes, a convolution on the map does no harm

Six ways to look at a map, at equal parameters, each node told where it lies.

Maps are those of [Eq. (batch-som)](../../notes/so_net.md), the better ordered ones of
[Eq. (kohonen)](../../notes/so_net.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import find_classes, learn_classes
from dlnotes.ledger import record
from dlnotes.so_net import map_heads, node_windows
from dlnotes.so_net.kohonen import kohonen_som
from dlnotes.so_net.map_heads import PooledHead, SharedHead, WindowHead
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
# Eight kinds of solids, turned around the z axis, new ones for each seed. Maps, groups
# and windows are made once, before the trainings.

accuracy, weights = torch.zeros(7, seeds), []
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    fixed, sets = node_windows.draw_orders(1, 64, same=True, generator=rng), []
    for each in (24, 32):
        cloud, labels = draw_objects(kinds, each, 192, generator=rng)
        turns = draw_rotations("z", len(labels), generator=rng)
        points = turn_clouds(fit_ball(cloud.points), turns)
        grid = node_windows.grid_window(clouds=len(labels))
        own = node_windows.draw_orders(len(labels), 64, same=False, generator=rng)
        views = [grid, grid, node_windows.shuffled_window(grid, fixed.expand_as(own))]
        nodes = batch_som(points, start)
        views += [node_windows.shuffled_window(grid, own)]
        views += [node_windows.nearest_window(nodes)] * 2
        groups = group_points(points, nodes)
        better = group_points(points, kohonen_som(points, start)), grid
        sets.append(([*((groups, view) for view in views), better], labels))
    (learn, wanted), (test, labels) = sets
    for row, head in enumerate(heads.values()):
        inputs = (16 + coordinates) * (9 if head is WindowHead else 1)
        sizes = (16,), map_heads.hidden_width(inputs, 64, 10_000), 64
        model = map_heads.MapClassifier(8, *sizes, head=head, coordinates=coordinates)
        options = {"generator": torch.Generator().manual_seed(seed), "steps": 80}
        learn_classes(model, learn[row], wanted, **options, learning_rate=5e-3)
        found = find_classes(model, test[row], len(labels))
        accuracy[row, seed] = (found == labels).double().mean()
        weights.append(sum(p.numel() for p in model.parameters()))
record("so_net/weights-spread", max(weights) - min(weights), exact=True)
found = dict(zip(heads, accuracy, strict=True))
pairs = "grid shared", "grid shuffled", "ordered grid", "near-joined shared"
for pair in (*pairs, "near-largest shared", "shuffled-each shared"):
    one, other = pair.split()
    found[f"{one}-over-{other}"] = found[one] - found[other]
for name, each in found.items():
    record(f"so_net/{name}-with", each.mean(), error=each.std() / seeds**0.5)

# %%
# Accuracy on solids that were not learned; each point is a network, lines are means.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.plot(accuracy.T, torch.arange(7).expand(seeds, 7), "C0o", ms=4, alpha=0.6)
ax.plot(accuracy.mean(1), range(7), "C3|", ms=18)
ax.set(xlabel="accuracy", yticks=range(7), yticklabels=heads, ylim=(6.5, -0.5))
fig.set_label(
    "Seven rows of accuracies; that of orders shuffled in each cloud is far behind."
)
plt.show()
