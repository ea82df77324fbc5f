r"""
# A few points decide

Points that have a largest feature in a trained network, and what losing them does.

They are those of [Eq. (critical-set)](../../notes/representations_3d.md); what may be
added is [Eq. (upper-set)](../../notes/representations_3d.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import learn_classes
from dlnotes.ledger import record
from dlnotes.representations_3d.critical import critical_points, in_upper_set
from dlnotes.representations_3d.families import small_network
from dlnotes.representations_3d.objects import EIGHT, draw_upright
from dlnotes.toy.distortions import choose_points

# %%
# ## Learn solids, then lose points
#
# PointNet without alignment takes 128 largest values over the 256 points of a solid. It
# is asked about all points, about the critical ones, about the others, and about as
# many as these others, chosen at random among all.

accuracies, counts, changed = [], [], []
for seed in range(4):
    rng = torch.Generator().manual_seed(seed)
    learn, test = (draw_upright(each, 256, generator=rng) for each in (100, 25))
    network, _ = small_network("pointnet", 8)
    learn_classes(network, (learn.points,), learn.labels, steps=300, generator=rng)
    with torch.no_grad():
        seen = network.encoder(test.points)
        critical = critical_points(seen.features)
        every = torch.ones_like(critical)
        order = choose_points(every, 256, generator=rng)
        random = order.argsort(1) >= critical.sum(1, keepdim=True)
        masks = (every, critical, ~critical, random)
        found = [network(test.points, mask).argmax(1) for mask in masks]
    accuracies.append([(x == test.labels).double().mean() for x in found])
    counts.append(critical.sum(1).double())
    changed.append((found[0] != found[1]).sum())
whole, _, without, random = torch.tensor(accuracies).mT
lost = {"critical-loss": whole - without, "random-loss": whole - random}
for name, x in ({"critical-accuracy": whole} | lost).items():
    record(f"representations_3d/{name}", x.mean(), error=x.std() / 2)
counts, most = torch.stack(counts), network.encoder.width  # (4, 200), 128
record("representations_3d/critical-beyond", (counts > most).sum(), exact=True)
x = counts.mean(1)
record("representations_3d/critical-count", x.mean(), error=x.std() / 2, unit="points")
record("representations_3d/critical-changed", sum(changed), exact=True)

# %%
# ## Which points could be added
#
# 20,000 places of the cube are asked whether they would raise a largest value of one
# solid. Those that would not belong to the upper set.

which = EIGHT.index("mushroom") * 25
places = 2 * torch.rand(1, 20_000, 3, generator=rng) - 1
with torch.no_grad():
    new = network.encoder(places).features
allowed = places[in_upper_set(new, seen.pooled[which : which + 1])]
print(f"{len(allowed)} of {places.shape[1]} places could be added")

# %%
# First: a solid's points, the critical ones in red. Second: places that could be added
# without a change of any largest value; they fill more than the surface.

size = {"figsize": (7, 3.2), "layout": "constrained"}
fig, axes = plt.subplots(1, 2, **size, subplot_kw={"projection": "3d"})
for some, s, c in ((~critical, 5, "0.6"), (critical, 14, "C3")):
    axes[0].scatter(*test.points[which, some[which]].T, s=s, c=c, rasterized=True)
axes[1].scatter(*allowed[:1000].T, s=4, c="C0", rasterized=True)
for ax, title in zip(axes, ("points that decide", "points allowed"), strict=True):
    ax.set(title=title, xlim=(-1, 1), ylim=(-1, 1), zlim=(-1, 1), aspect="equal")
fig.set_label("A cloud with some red points; a cloud of allowed places around it.")
plt.show()
