r"""
# A few numbers keep the form of a cloud, and find others of its kind

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
from dlnotes.so_net import autoencoder as auto
from dlnotes.so_net.node_encoder import NodeEncoder
from dlnotes.so_net.node_windows import nearest_window
from dlnotes.so_net.overlap import group_points
from dlnotes.so_net.retrieval import rank_precision
from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.toy.distortions import draw_rotations, fit_ball, turn_clouds
from dlnotes.toy.shapes import KINDS, draw_objects

kinds, rng, sets = list(KINDS)[:8], torch.Generator().manual_seed(0), []
start = ball_nodes(generator=rng)

# %%
# Eight kinds, turned around the z axis. Each solid has a second cloud, to see how far
# two clouds of one surface are.

for each in (48, 24):
    cloud, labels = draw_objects(kinds, each, 512, generator=rng)
    turns = draw_rotations("z", len(labels), generator=rng)
    points, again = turn_clouds(fit_ball(cloud.points), turns).split(256, 1)
    nodes = batch_som(points, start)
    sets.append((points, (group_points(points, nodes), nearest_window(nodes))))
(seen, learn), (points, test) = sets
encoder = NodeEncoder((16, 32, 32), (64,), (64, 64))
up = auto.UpDecoder(64, (64, 32, 32, 16), clouds=1)
model = auto.SoNetAutoencoder(encoder, auto.LinearDecoder(64, 64), up).train()
rows, options = torch.arange(len(seen)), {"steps": 250, "batch": 16, "generator": rng}
loss = auto.reconstruction_loss
train(model, rows, lambda m, i, _: loss(m(*take_rows(learn, i)), seen[i]), **options)
with torch.no_grad():
    [drawn], feature = model.eval()(*test), encoder(*test).whole

# %%
# Distances from the clouds that were to be drawn; beside them those of the second
# clouds, and of points of all solids mixed. Then how well clouds of one kind are found:
# by the feature, by the nodes of the map one after the other, and by chance.

every = seen.flatten(0, 1)
mixed = every[torch.randperm(len(every), generator=rng)[:320]].expand_as(drawn)
noise, found = torch.randn(feature.shape, generator=rng), {}
for name, cloud in {"drawn": drawn, "again": again, "mixed": mixed}.items():
    found[f"chamfer-{name}"] = chamfer_distance(cloud, points)
keys = {"feature": feature, "nodes": nodes.flatten(1), "chance": noise}
for name, key in keys.items():
    found[f"map-{name}"] = rank_precision(key, labels)
for name, each in found.items():
    record(f"so_net/{name}", each.mean(), error=each.std() / len(each) ** 0.5)

# %%
# Solids that were not learned, and below them what is drawn from their numbers.

shape = {"subplot_kw": {"projection": "3d"}, "layout": "constrained"}
fig, axes = plt.subplots(2, 4, figsize=(7.5, 4), **shape)
for column, row in zip(axes.T, (30, 60, 100, 180), strict=True):
    column[0].set(title=kinds[labels[row]])
    for ax, cloud in zip(column, (points[row], drawn[row]), strict=True):
        ax.scatter(*cloud.T, c="C0", s=2, rasterized=True)
        ax.set(xlim=(-1, 1), ylim=(-1, 1), zlim=(-1, 1), xlabel="x", ylabel="y")
        ax.set(zlabel="z", xticks=(-1, 1), yticks=(-1, 1), zticks=(-1, 1))
fig.set_label("Four clouds, and below each a rougher cloud of the same form.")
plt.show()
