r"""
# A map does not turn with its cloud, unless its start does

Maps of turned clouds are turned back, and compared with the map of the cloud as it was.

Maps are those of [Eq. (batch-som)](../../notes/so_net.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.chamfer import chamfer_distance
from dlnotes.ledger import record
from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.toy.distortions import fit_ball
from dlnotes.toy.shapes import draw_objects

kinds, seeds = ["plane", "sphere", "torus", "cube"], 10
angles = torch.arange(0, 120, 30).deg2rad()
cos, sin, one = angles.cos(), angles.sin(), torch.ones(4)
rows = [cos, -sin, 0 * one, sin, cos, 0 * one, 0 * one, 0 * one, one]
turns = torch.stack(rows, -1).unflatten(-1, (3, 3))

# %%
# ## Turned around the z axis, in steps up to a right angle
#
# A gap is the mean distance between nodes of one number. The last measure forgets the
# numbers: nodes need only lie where some node lay.

gaps, apart, along = torch.zeros(3, 4, 4, seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    cloud, _ = draw_objects(kinds, 1, 256, generator=rng)
    points, start = fit_ball(cloud.points), ball_nodes(generator=rng)
    first = batch_som(points, start)
    for column, turn in enumerate(turns):
        turned = points @ turn.T
        nodes = batch_som(turned, start) @ turn
        gaps[:, column, seed] = (nodes - first).norm(dim=-1).mean(1)
        apart[:, column, seed] = chamfer_distance(nodes, first) / 2
        nodes = batch_som(turned, start @ turn.T) @ turn
        along[:, column, seed] = (nodes - first).norm(dim=-1).mean(1)

# %%
# ## After a right angle

for kind, rows in zip(kinds, gaps[..., -1, :], strict=True):
    error = rows.std() / seeds**0.5
    record(f"so_net/turn-gap-{kind}", rows.mean(), error=error)
for name, table in {"gap": gaps, "apart": apart}.items():
    each = table[:, -1].mean(0)
    record(f"so_net/turn-{name}", each.mean(), error=each.std() / seeds**0.5)
same = (along.amax((0, 1)) <= 1e-6).sum()
record("so_net/turn-along-same", same, exact=True, unit="of 10")

# %%
# The gap between nodes of one number, by the angle of the turn. Bars are 95 %.

fig, ax = plt.subplots(figsize=(5, 2.8), layout="constrained")
for number, (kind, rows) in enumerate(zip(kinds, gaps, strict=True)):
    bars = 1.96 * rows.std(1) / seeds**0.5
    places = angles.rad2deg() + number - 1.5
    ax.errorbar(places, rows.mean(1), bars, fmt=f"C{number}o-", ms=3, label=kind)
ax.set(xlabel="angle / degrees", ylabel="mean gap / radii", xticks=range(0, 120, 30))
ax.legend()
fig.set_label("Four curves that rise with the angle, that of the sphere highest.")
plt.show()
