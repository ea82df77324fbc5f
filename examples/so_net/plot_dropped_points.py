r"""
# TITLE robust

Tested on clouds with fewer points and with noise; learned on whole, clean ones.

The network is the encoder of [Eq. (global-feature)](../../notes/so_net.md); beside it
one whose largest feature is taken over all points at once, as in PointNet.
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
from dlnotes.toy.distortions import draw_rotations, fit_ball, jitter, turn_clouds
from dlnotes.toy.shapes import KINDS, draw_objects

kinds, seeds = list(KINDS)[:8], 4
start = ball_nodes(generator=torch.Generator().manual_seed(0))
changes = [(256, 0.0), (128, 0.0), (64, 0.0), (32, 0.0), (256, 0.02), (256, 0.05)]
changes += [(256, 0.1)]
layers = {(16,): 10_000, (32, 64): 7_700}  # for points, and parameters of the rest

# %%
# ## A network on maps, and one without
#
# Without a map there is one group, of all points around their mean. Both have equally
# many parameters, up to a channel.

accuracy, weights = torch.zeros(2, len(changes), seeds), {}
for seed in range(seeds):
    rng, views = torch.Generator().manual_seed(seed), []
    for count, std in [(256, 0.0), *changes]:
        if len(views) < 2:
            cloud, labels = draw_objects(kinds, 24, 256, generator=rng)
            turns = draw_rotations("z", len(labels), generator=rng)
            whole = turn_clouds(fit_ball(cloud.points), turns)
        points = whole[:, :count]
        points = jitter(points, std, generator=rng) if std else points
        nodes, middle = batch_som(points, start), points.mean(1, keepdim=True)
        mapped = group_points(points, nodes), nearest_window(nodes)
        views.append((mapped, (group_points(points, middle, 1), nearest_window(middle, 1))))
    for row, (widths, size) in enumerate(layers.items()):
        hidden = hidden_width(widths[-1] + 3, 64, size)
        model = MapClassifier(8, widths, hidden, 64, head=SharedHead, coordinates=3)
        weights[row] = sum(p.numel() for p in model.parameters())
        options = {"steps": 80, "learning_rate": 5e-3}
        rng = torch.Generator().manual_seed(seed)
        learn_classes(model, views[0][row], labels, **options, generator=rng)
        for column, given in enumerate(views[1:]):
            found = find_classes(model, given[row], len(labels))
            accuracy[row, column, seed] = (found == labels).double().mean()

# %%
# ## Accuracy, and the lead of the network on maps
#
# Half of the points, a quarter, an eighth; then all of them with noise of a standard
# deviation in radii of the solid.

names = [f"points-{count}" for count, _ in changes[:4]]
names += [f"noise-{round(1000 * std)}" for _, std in changes[4:]]
for column, name in enumerate(names):
    rows = {"map": accuracy[0, column], "single": accuracy[1, column]}
    rows["lead"] = rows["map"] - rows["single"]
    for word, each in rows.items():
        error = each.std() / seeds**0.5
        record(f"so_net/{word}-{name}", each.mean(), error=error)

# %%
# First: by the number of points that are left. Second: by noise. Bars are 95 %.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained", sharey=True)
for ax, columns, part in zip(axes, ([0, 1, 2, 3], [0, 4, 5, 6]), (0, 1), strict=True):
    for row, name in enumerate(("on a map", "all points at once")):
        each, xs = accuracy[row, columns], [changes[column][part] for column in columns]
        bars = 1.96 * each.std(1) / seeds**0.5
        ax.errorbar(xs, each.mean(1), bars, fmt=f"C{row}o-", label=name)
axes[0].set(ylabel="accuracy", xlabel="points", xscale="log")
axes[0].set(xticks=(32, 64, 128, 256), xticklabels=(32, 64, 128, 256), xlim=(300, 28))
axes[1].set(xlabel="standard deviation of the noise / radii")
axes[1].legend()
fig.set_label("ALT")
plt.show()
