r"""
# Few parameters can make many products

Parameters and products of published networks, for 40 classes and 1,024 points.

The networks are built on [Eq. (max-network)](../../notes/representations_3d.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.representations_3d.costs import counted_macs, dgcnn_macs
from dlnotes.representations_3d.dgcnn import DGCNN
from dlnotes.representations_3d.hierarchy import MULTI_SCALE, HierarchicalEncoder
from dlnotes.representations_3d.pointnet import PointEncoder, PointNet
from dlnotes.representations_3d.pointnet2 import PointNet2
from dlnotes.representations_3d.voxnet import VoxNet, occupancy

rng = torch.Generator().manual_seed(0)
cloud = torch.rand(1, 1024, 3, generator=rng) * 2 - 1
grid = occupancy(cloud, 32)

# %%
# ## Count parameters
#
# With biases, also those that a normalization takes away again, as published.

plain = PointEncoder(point_alignment=None, feature_alignment=None)
networks = {
    "pointnet": PointNet(40),
    "unaligned": PointNet(40, encoder=plain),
    "pointnet2": PointNet2(40),
    "multi-scale": PointNet2(40, encoder=HierarchicalEncoder(**MULTI_SCALE)),
    "dgcnn": DGCNN(40),
    "voxnet": VoxNet(40),
}
weights = {n: sum(p.numel() for p in net.parameters()) for n, net in networks.items()}
for name, count in weights.items():
    record(f"representations_3d/published-{name}-weights", count, exact=True)
align = weights["pointnet"] - weights["unaligned"]
share = 100 * align / weights["pointnet"]
record("representations_3d/published-alignment-share", share, exact=True, unit="%")
full = sum(p.numel() for p in networks["voxnet"].head[0].parameters())
share = 100 * full / weights["voxnet"]
record("representations_3d/published-full-share", share, exact=True, unit="%")

# %%
# ## Count products
#
# A product is a multiplication with an addition; counts of FLOPs are twice as large.
# Finding neighbors is not counted. DGCNN is counted as published, edge by edge, and
# with one product for each point in place of 20.

macs = {n: counted_macs(networks[n], cloud) for n in list(networks)[:4]}
macs["voxnet"] = counted_macs(networks["voxnet"], grid)
macs["dgcnn"] = dgcnn_macs(1024, 40, times=20)
macs["exchanged"] = dgcnn_macs(1024, 40)
millions = {name: count / 1e6 for name, count in macs.items()}
for name, count in millions.items():
    name = f"representations_3d/published-{name}-macs"
    record(name, count, exact=True, unit="million")

# %%
# First: parameters. Second: products for one cloud. DGCNN has fewer parameters than
# PointNet and far more products, since its layers see each edge.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.6), layout="constrained", sharey=True)
titles = ["PointNet", "not aligned", "PointNet++", "multi-scale", "DGCNN", "VoxNet"]
axes[0].barh(titles, [count / 1e6 for count in weights.values()])
axes[0].set(xlabel="parameters, millions")
axes[1].barh(titles, [millions[name] / 1e3 for name in weights], color="C1")
axes[1].set(xlabel="products, billions")
axes[0].invert_yaxis()
fig.set_label("Bars of six networks; the order by parameters is not that by products.")
plt.show()
