r"""
# A map of a plane keeps its neighborhoods, that of a closed surface does not

Neighbors on the grid and neighbors in space, for maps of four solids.

The topographic error is [Eq. (topographic)](../../notes/so_net.md); maps are those of
[Eq. (batch-som)](../../notes/so_net.md) and [Eq. (kohonen)](../../notes/so_net.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.so_net import topology
from dlnotes.so_net.kohonen import kohonen_som
from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.toy.distortions import fit_ball
from dlnotes.toy.shapes import draw_objects

kinds, seeds = ["plane", "sphere", "torus", "cube"], 10
shapes = [*kinds, "edge"]
measures = "grid-distance", "pair-distance", "window", "torn"

# %%
# ## Maps of four solids, and of the plane on edge
#
# Ten clouds of each, each with its own start. The start is sorted by x and by y; on
# edge, a plane has its extent along x and z.

found = {"start": [], "published": [], "ordered": []}
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    cloud, _ = draw_objects(kinds, 1, 1024, generator=rng)
    points, start = fit_ball(cloud.points), ball_nodes(generator=rng)
    points = torch.cat([points, points[:1, :, [0, 2, 1]]])
    maps = start.expand(5, -1, -1), batch_som(points, start), kohonen_som(points, start)
    for values, nodes in zip(found.values(), maps, strict=True):
        row = [topology.grid_distance(nodes), topology.pair_distance(nodes)]
        row += [100 * topology.window_share(nodes)]
        row += [100 * topology.topographic_error(points, nodes)]
        values.append(torch.stack(row))
found = {name: torch.stack(values, -1) for name, values in found.items()}

# %%
# ## Distances, shares and errors
#
# Distances are in radii of the cloud. The errors of published maps of the four solids
# are recorded with those of the other divisor.

for name, table in found.items():
    for word, rows in zip(measures, table, strict=True):
        for shape, each in zip(shapes, rows, strict=True):
            elsewhere = (name, word) == ("published", "torn") and shape != "edge"
            once = name == "start" and (shape != "plane" or word == "torn")
            if elsewhere or once or (name == "ordered" and "distance" in word):
                continue
            words = f"{word}-{name}" + f"-{shape}" * (name != "start")
            unit, error = "%" * ("distance" not in word), each.std() / seeds**0.5
            record(f"so_net/{words}", each.mean(), error=error, unit=unit)

# %%
# First: share of the eight nearest nodes that lie in the window of three by three
# cells; the line is the most there can be. Second: the topographic error. Each point is
# a map, lines are means; edge is the plane on edge.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
for ax, row in zip(axes, (2, 3), strict=True):
    for place, name in enumerate(("published", "ordered")):
        places, values = torch.arange(5) + 0.3 * place - 0.15, found[name][row]
        line = ax.plot(places.expand(seeds, 5), values.T, f"C{place}o", ms=4, alpha=0.6)
        line[0].set_label(name)
        ax.plot(places, values.mean(1), f"C{place}_", ms=14)
    ax.set(xlabel="solid", xticks=range(5), xticklabels=shapes)
axes[0].axhline(100 * topology.window_ceiling(), color="0.5", lw=1)
axes[0].set(ylabel="share in window / %", ylim=(50, 85))
axes[1].set(ylabel="topographic error / %", ylim=(-2, 38))
axes[1].legend(ncols=2)
fig.set_label("Shares below a line, and errors; the plane has the best of both.")
plt.show()
