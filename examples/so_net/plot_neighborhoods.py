r"""
# TITLE neighborhoods

Neighbors on the grid and neighbors in space, for maps of four solids.

Measures are [Eq. (window-share)](../../notes/so_net.md) and
[Eq. (topographic-error)](../../notes/so_net.md); the better ordered map is that of
[Eq. (kohonen)](../../notes/so_net.md).
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

# %%
# ## Maps of four solids, and of the plane on edge
#
# Ten clouds of each, each with its own start. The start is sorted by x and by y; on
# edge, a plane has its extent along x and z.

found = {"start": []}
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    cloud, _ = draw_objects(kinds, 1, 1024, generator=rng)
    points, start = fit_ball(cloud.points), ball_nodes(generator=rng)
    points = torch.cat([points, points[:1, :, [0, 2, 1]]])
    first = start.expand(5, -1, -1)
    for name, nodes in {
        "start": first,
        "published": batch_som(points, start),
        "ordered": kohonen_som(points, start),
    }.items():
        row = [topology.grid_distance(nodes), topology.pair_distance(nodes)]
        row += [topology.window_share(nodes), topology.topographic_error(points, nodes)]
        found.setdefault(name, []).append(torch.stack(row))
table = {name: torch.stack(values, -1) for name, values in found.items()}
for n,t in table.items():
    print(n); print(t.mean(-1)); print(t.std(-1)/seeds**.5)
print(topology.window_ceiling())
