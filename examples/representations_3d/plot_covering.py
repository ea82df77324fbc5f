r"""
# The farthest point next: never worse than twice the best

How well points chosen one by one cover a cloud, against chance and the best choice.

The radius is that of [Eq. (covering-radius)](../../notes/representations_3d.md).
"""

from itertools import combinations

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.sampling import farthest_points
from dlnotes.ledger import record
from dlnotes.representations_3d.covering import covering_radius
from dlnotes.representations_3d.objects import draw_upright
from dlnotes.toy.distortions import choose_points

rng = torch.Generator().manual_seed(0)

# %%
# ## Against the best choice, among few points
#
# Of 12 points 3 are chosen, in 300 clouds; all 220 choices are tried. The ratio cannot
# be above 2.

clouds = torch.rand(300, 12, 2, generator=rng)
chosen = farthest_points(clouds, 3, generator=rng).indices
greedy = covering_radius(clouds, chosen)
tried = [torch.tensor(x).expand(300, 3) for x in combinations(range(12), 3)]
best = torch.stack([covering_radius(clouds, x) for x in tried]).amin(0)
ratios = (greedy / best).double()
error = ratios.std() / 300**0.5
record("representations_3d/covering-ratio", ratios.mean(), error=error)
record("representations_3d/covering-beyond", (ratios > 2).sum(), exact=True)
print(f"largest ratio {ratios.max():.2f}")

# %%
# ## Against chance, on solids
#
# Radii of eight solids with 1,024 points, from four starts each.

points = draw_upright(1, 1024, generator=rng).points.repeat(4, 1, 1)
sizes, every = (8, 16, 32, 64, 128, 256), torch.ones(points.shape[:2], dtype=torch.bool)
spread = farthest_points(points, sizes[-1], generator=rng).indices
chance = choose_points(every, sizes[-1], generator=rng)
radii = torch.stack(
    [
        torch.stack([covering_radius(points, x[:, :k]) for k in sizes], 1)
        for x in (spread, chance)
    ]
).double()  # (2, 32, 6)
lead = (radii[1] / radii[0])[:, sizes.index(64)].view(4, 8)
error = lead.mean(0).std() / 8**0.5
record("representations_3d/covering-lead", lead.mean(), error=error, unit="×")
starts = radii[0, :, sizes.index(64)].view(4, 8)
print(f"four starts differ by {100 * (starts.std(0) / starts.mean(0)).mean():.1f} %")

# %%
# First: ratio to the best choice in 300 small clouds; none is above 2. Second: the
# radius on solids falls with the number of points, that of random points above it.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
axes[0].hist(ratios, bins=20, range=(1, 2))
axes[0].set(xlabel="radius over the best radius", ylabel="clouds")
for x, label in zip(radii, ("farthest points", "random points"), strict=True):
    axes[1].loglog(sizes, x.mean(0), "o-", label=label)
axes[1].set(xlabel="points chosen", ylabel="covering radius", xticks=sizes)
axes[1].set_xticklabels(sizes)
axes[1].minorticks_off()
axes[1].legend()
fig.set_label(
    "Bars between 1 and 2; two falling lines, random points above the others."
)
plt.show()
