r"""
# With 2 in place of 2π maps are torn, and nodes stay empty

Two divisors in the published neighborhood, on ten maps of each of four solids.

The divisor is that of [Eq. (neighborhood)](../../notes/so_net.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.so_net.grid import GAUSSIAN, PUBLISHED, neighborhood_weights
from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.so_net.topology import empty_nodes, topographic_error
from dlnotes.toy.distortions import fit_ball
from dlnotes.toy.shapes import draw_objects

kinds, seeds = ["plane", "sphere", "torus", "cube"], 10
divisors = {"published": PUBLISHED, "gaussian": GAUSSIAN}

# %%
# ## How much a neighbor moves at first
#
# Of the step of a node, the four beside it on the grid take this share.

for name, divisor in divisors.items():
    share = neighborhood_weights(torch.ones(()), 0.4, divisor=divisor)
    record(f"so_net/neighbor-weight-{name}", share, exact=True)

# %%
# ## Ten clouds of each solid, each with its own start

torn, empty = torch.zeros(2, 2, 4, seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    cloud, _ = draw_objects(kinds, 1, 1024, generator=rng)
    points, start = fit_ball(cloud.points), ball_nodes(generator=rng)
    for row, divisor in enumerate(divisors.values()):
        nodes = batch_som(points, start, divisor=divisor)
        torn[row, :, seed] = topographic_error(points, nodes)
        empty[row, :, seed] = empty_nodes(points, nodes)
for row, name in enumerate(divisors):
    for kind, each in zip(kinds, 100 * torn[row], strict=True):
        error = each.std() / seeds**0.5
        record(f"so_net/torn-{name}-{kind}", each.mean(), error=error, unit="%")
    each = empty[row].mean(0)
    record(f"so_net/empty-{name}", each.mean(), error=each.std() / seeds**0.5)
each = empty[1, 0]
record("so_net/empty-gaussian-plane", each.mean(), error=each.std() / seeds**0.5)

# %%
# First: share of points whose two nearest nodes are no neighbors on the grid. Second:
# nodes that are nearest to no point. Each point is a map, lines are means.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
for ax, values in zip(axes, (torn, empty), strict=True):
    for row, (found, words) in enumerate(zip(values, ("2π", "2"), strict=True)):
        places = torch.arange(4) + 0.3 * row - 0.15
        line = ax.plot(places.expand(seeds, 4), found.T, f"C{row}o", ms=4, alpha=0.6)
        line[0].set_label(words)
        ax.plot(places, found.mean(1), f"C{row}_", ms=14)
    ax.set(xlabel="solid", xticks=range(4), xticklabels=kinds)
axes[0].set(ylabel="topographic error")
axes[1].set(ylabel="empty nodes")
axes[1].legend(title="divisor")
fig.set_label("Two panels in which the points of the second divisor lie far higher.")
plt.show()
