r"""
# A network on a map feels the loss of points more than one without a map

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
changes = [(256, 0), (128, 0), (64, 0), (32, 0), (256, 0.03), (256, 0.1)]
layers = {(16,): 10_000, (32, 64): 7_700}  # for points, and parameters of the rest

# %%
# ## A network on maps, and one without
#
# Without a map there is one group, of all points around their mean. Both networks have
# equally many parameters, up to a hundred.

accuracy = torch.zeros(2, len(changes), seeds)
for seed in range(seeds):
    rng, sets = torch.Generator().manual_seed(seed), []
    for number, (count, std) in enumerate([(256, 0), *changes]):
        if number < 2:
            cloud, labels = draw_objects(kinds, 24, 256, generator=rng)
            turns = draw_rotations("z", len(labels), generator=rng)
            whole = turn_clouds(fit_ball(cloud.points), turns)
        points = jitter(whole[:, :count], max(std, 1e-9), generator=rng)
        nodes, middle = batch_som(points, start), points.mean(1, keepdim=True)
        single = group_points(points, middle, 1), nearest_window(middle, 1)
        sets.append(((group_points(points, nodes), nearest_window(nodes)), single))
    for row, (widths, size) in enumerate(layers.items()):
        hidden = hidden_width(widths[-1] + 3, 64, size)
        model = MapClassifier(8, widths, hidden, 64, head=SharedHead, coordinates=3)
        options = {"generator": torch.Generator().manual_seed(seed), "steps": 80}
        learn_classes(model, sets[0][row], labels, **options, learning_rate=5e-3)
        for column, given in enumerate(sets[1:]):
            found = find_classes(model, given[row], len(labels))
            accuracy[row, column, seed] = (found == labels).double().mean()

# %%
# Half of the points, a quarter, an eighth; then all of them with noise, whose standard
# deviation is in radii of the solid.

rows = {"map": accuracy[0], "single": accuracy[1], "lead": accuracy[0] - accuracy[1]}
for column, (count, std) in enumerate(changes):
    name = f"noise-{round(1000 * std)}" if std else f"points-{count}"
    for word, each in rows.items():
        value, error = each[column].mean(), each[column].std() / seeds**0.5
        record(f"so_net/{word}-{name}", value, error=error)

# %%
# First: by the number of points that are left. Second: by noise. Bars are 95 %.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained", sharey=True)
for part, (ax, columns) in enumerate(zip(axes, ([0, 1, 2, 3], [0, 4, 5]), strict=True)):
    xs = [changes[column][part] for column in columns]
    for row, name in enumerate(("on a map", "all points at once")):
        each = accuracy[row, columns]
        bars = 1.96 * each.std(1) / seeds**0.5
        ax.errorbar(xs, each.mean(1), bars, fmt=f"C{row}o-", label=name)
axes[0].set(ylabel="accuracy", xlabel="points", xticks=(32, 64, 128, 256))
axes[1].set(xlabel="noise / radii")
axes[1].legend()
fig.set_label("Two curves by points, one of which falls steeply; two by noise, close.")
plt.show()
