r"""
# A map unfolds over a torus, the same for any order of the points

Maps after some steps of the batch rule, and shuffled points for both rules.

The rules are [Eq. (batch-som)](../../notes/so_net.md) and
[Eq. (online-som)](../../notes/so_net.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.so_net.grid import schedule
from dlnotes.so_net.som import batch_som, online_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.toy.distortions import fit_ball
from dlnotes.toy.shapes import draw_objects

rng, clouds, count = torch.Generator().manual_seed(0), 20, 512
points = fit_ball(draw_objects(["torus"], clouds, count, generator=rng)[0].points)
start, plan = ball_nodes(generator=rng), schedule(60)

# %%
# ## Shuffled points
#
# Twenty tori, each with its points in two orders. The batch map is the same, up to
# rounding; a node of the online map ends elsewhere.

shuffled = points[:, torch.randperm(count, generator=rng)]
gaps = {}
for name, fit in {"batch": batch_som, "online": online_som}.items():
    gaps[name] = (fit(points, start) - fit(shuffled, start)).norm(dim=-1)
same = (gaps["batch"].amax(1) <= 1e-6).sum()
record("so_net/shuffle-batch-same", same, exact=True, unit="of 20")
each = gaps["online"].mean(1)
record("so_net/shuffle-online-gap", each.mean(), error=each.std() / clouds**0.5)

# %%
# The first torus from above and aside, with its map after some steps: lines join nodes
# that are neighbors on the grid. Rows begin as slices of a ball, in no order of height.

fig, axes = plt.subplots(
    1, 3, figsize=(7.5, 2.8), layout="constrained", subplot_kw={"projection": "3d"}
)
for ax, steps in zip(axes, (0, 10, len(plan)), strict=True):
    nodes = batch_som(points[:1], start, plan=plan[:steps])[0].unflatten(0, (8, 8))
    ax.scatter(*points[0, ::4].T, c="0.6", s=2, rasterized=True)
    for row, column in zip(nodes, nodes.transpose(0, 1), strict=True):
        ax.plot(*row.T, "C0-", lw=1)
        ax.plot(*column.T, "C3-", lw=1)
    ax.set(xlabel="x", ylabel="y", zlabel="z", title=f"after {steps} steps")
    ax.set(xlim=(-1, 1), ylim=(-1, 1), zlim=(-1, 1))
    ax.set_aspect("equal")
fig.set_label("Three grids over a torus: a tangle in a ball at first, then a ring.")
plt.show()
