r"""
# TITLE reconstructions

Clouds drawn anew from 64 numbers each, and clouds of one kind found by these numbers.

The loss is [Eq. (reconstruction)](../../notes/so_net.md); retrieval is measured by
[Eq. (precision)](../../notes/so_net.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.chamfer import chamfer_distance
from dlnotes.blocks.supervised import take_rows
from dlnotes.blocks.training import train
from dlnotes.ledger import record
from dlnotes.so_net import autoencoder
from dlnotes.so_net.node_encoder import NodeEncoder
from dlnotes.so_net.node_windows import nearest_window
from dlnotes.so_net.overlap import group_points
from dlnotes.so_net.retrieval import rank_precision
from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.toy.distortions import draw_rotations, fit_ball, turn_clouds
from dlnotes.toy.shapes import KINDS, draw_objects

kinds, steps = list(KINDS)[:8], 250
rng = torch.Generator().manual_seed(0)
start, sets = ball_nodes(generator=rng), []

# %%
# ## Solids, turned around the z axis
#
# Of each solid a second cloud is drawn, to see how far two clouds of one surface are.

for each in (48, 24):
    cloud, labels = draw_objects(kinds, each, 512, generator=rng)
    turns = draw_rotations("z", len(labels), generator=rng)
    points, again = turn_clouds(fit_ball(cloud.points), turns).split(256, 1)
    nodes = batch_som(points, start)
    sets.append((points, (group_points(points, nodes), nearest_window(nodes))))
(seen, learn), (points, test) = sets
encoder = NodeEncoder((16, 32, 32), (64,), (64, 64))
up = autoencoder.UpDecoder(64, (64, 32, 32, 16), clouds=1)
model = autoencoder.SoNetAutoencoder(encoder, autoencoder.LinearDecoder(64, 64), up)
train(
    model.train(),
    torch.arange(len(seen)),
    lambda model, rows, _: autoencoder.reconstruction_loss(
        model(*take_rows(learn, rows)), seen[rows]
    ),
    steps=steps,
    batch=16,
    generator=rng,
)
with torch.no_grad():
    [drawn] = model.eval()(*test)
    feature = encoder(*test).whole

# %%
# ## Distance from the cloud that was to be drawn
#
# Beside it: of a second cloud of the same surface, and of points of all solids mixed.

mixed = seen.flatten(0, 1)[torch.randperm(seen[..., 0].numel(), generator=rng)[:320]]
others = {"drawn": drawn, "again": again, "mixed": mixed.expand(len(points), -1, -1)}
for name, cloud in others.items():
    gaps = chamfer_distance(cloud, points)
    record(f"so_net/chamfer-{name}", gaps.mean(), error=gaps.std() / len(gaps) ** 0.5)

# %%
# ## Which clouds are alike
#
# By the feature, by the nodes of the map one after the other, and by chance.

noise = torch.randn(feature.shape, generator=rng)
keys = {"feature": feature, "nodes": test[0].centers.flatten(1), "chance": noise}
for name, key in keys.items():
    found = rank_precision(key, labels)
    record(f"so_net/map-{name}", found.mean(), error=found.std() / len(found) ** 0.5)

# %%
# Four solids that were not learned, and below them what is drawn from their numbers;
# points of the linear decoder are red.

fig, axes = plt.subplots(
    2, 4, figsize=(7.5, 4), layout="constrained", subplot_kw={"projection": "3d"}
)
for (above, below), row in zip(axes.T, (30, 60, 100, 180), strict=True):
    above.scatter(*points[row].T, c="C0", s=2, rasterized=True)
    below.scatter(*drawn[row, 64:].T, c="C0", s=2, rasterized=True)
    below.scatter(*drawn[row, :64].T, c="C3", s=2, rasterized=True)
    above.set(title=kinds[labels[row]])
for ax in axes.flat:
    ax.set(xlim=(-1, 1), ylim=(-1, 1), zlim=(-1, 1), xticks=(), yticks=(), zticks=())
    ax.set(xlabel="x", ylabel="y", zlabel="z")
fig.set_label("Four clouds, and below each a rougher cloud of the same form.")
plt.show()
