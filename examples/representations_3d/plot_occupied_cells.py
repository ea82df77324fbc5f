r"""
# A surface fills a share of the cells that falls with their number

Cells that eight kinds of solids occupy, and what fine and coarse grids tell of kinds.

Cells are those of [Eq. (occupancy)](../../notes/representations_3d.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.representations_3d.objects import EIGHT, draw_upright
from dlnotes.toy.rendering import voxelize

rng = torch.Generator().manual_seed(0)
sizes = torch.tensor([8, 16, 32, 64])

# %%
# ## Count cells that contain one of many points
#
# The points cover the surface nearly without gaps. The number of occupied cells grows
# with an exponent near 2, that of all cells with 3.

counts = []
for _ in range(3):
    objects = draw_upright(1, 150_000, generator=rng)
    grids = [voxelize(objects.points, int(size)) for size in sizes]
    counts.append(torch.stack([grid.sum((1, 2, 3)) for grid in grids], -1))
counts = torch.cat(counts).double()  # (24, 4)
steps = (sizes.double().log2() - sizes.double().log2().mean())[:, None]
slopes = (counts.log2() @ steps / steps.square().sum())[:, 0]
name, error = "representations_3d/occupied-exponent", slopes.std() / 24**0.5
record(name, slopes.mean(), error=error)
shares = 100 * counts / sizes**3
for size, share in zip(sizes, shares.mT, strict=True):
    name = f"representations_3d/occupied-share-{size}"
    record(name, share.mean(), error=share.std() / 24**0.5, unit="%")

# %%
# ## The kind of the grid that overlaps most
#
# Cells of some 100 solids are compared with those of others, cell by cell: cells that
# both occupy, over cells that one of them does. Nothing is learned.

levels, seeds, each = (2, 4, 8, 16, 32), 3, 12
right = torch.zeros(len(levels), seeds)
for seed in range(seeds):
    known, asked = (draw_upright(each, 8000, generator=rng) for _ in range(2))
    for row, size in enumerate(levels):
        one, other = (
            voxelize(x.points, size).flatten(1).float() for x in (asked, known)
        )
        both = one @ other.T
        overlap = both / (one.sum(1)[:, None] + other.sum(1) - both)
        found = known.labels[overlap.argmax(1)]
        right[row, seed] = (found == asked.labels).double().mean()
for size, found in zip(levels, right, strict=True):
    name = f"representations_3d/overlap-accuracy-{size}"
    record(name, found.mean(), error=found.std() / seeds**0.5)

# %%
# First: occupied cells of each solid, and lines with the slopes 2 and 3. Second: how
# many solids the overlap tells right, in three draws.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.9), layout="constrained")
axes[0].loglog(sizes, counts.T, "C0.-", lw=0.5, alpha=0.5)
axes[0].loglog(sizes, sizes**3, "C3--", label="all cells")
axes[0].loglog(sizes, 2 * sizes**2, "C1:", label="slope 2")
axes[0].set(ylabel="cells", xlabel="cells along a side", xticks=sizes)
axes[0].set_xticklabels(sizes.tolist())
axes[0].minorticks_off()
axes[0].legend()
axes[1].plot(range(len(levels)), right, "C0o-", alpha=0.6)
axes[1].axhline(1 / len(EIGHT), color="0.5", ls=":", label="chance")
axes[1].set(xlabel="cells along a side", ylabel="share told right", ylim=(0, 1))
axes[1].set(xticks=range(len(levels)), xticklabels=levels)
axes[1].legend()
fig.set_label("Lines of slope near 2 below a steeper one; a curve with a hump.")
plt.show()
