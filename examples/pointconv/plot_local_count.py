r"""
# Averaged over its own ball, a density does not see density

Two patches, one with eight times as many points; the published average hardly differs.

The estimates are those of [Eq. (density)](../../notes/pointconv.md) and of
[Eq. (local-density)](../../notes/pointconv.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.pointconv.density import kernel_density, local_density, relative_inverse

few, many, seeds = 250, 2000, 8
width, radius = 0.05**0.5, 0.1

# %%
# ## Two square patches, far apart
#
# The published program gives 0.05 as sigma, which is a variance, and balls of 0.1. Only
# points in the middle of a patch are compared, a ball away from its border.

ratios = torch.zeros(3, seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    flat = torch.rand(1, few + many, 2, generator=rng)
    points = torch.nn.functional.pad(flat, (0, 1))
    points[:, few:, 0] += 9
    middle = (flat[0] - 0.5).abs().amax(-1) < 0.5 - radius
    estimates = torch.cat(
        [
            local_density(points, radius, width),
            kernel_density(points, width),
            kernel_density(points, 0.05),
        ]
    )
    for row, density in enumerate(estimates):
        sparse, dense = density[:few][middle[:few]], density[few:][middle[few:]]
        ratios[row, seed] = dense.mean() / sparse.mean()
names = ("local", "full", "full-narrow")
for name, found in zip(names, ratios, strict=True):
    record(f"pointconv/ratio-{name}", found.mean(), error=found.std() / seeds**0.5)
print("the true ratio is", many / few)

# %%
# ## What the network that follows gets to see
#
# Inverse densities, divided by the largest: a range near 1 leaves nothing to learn.

inverse = relative_inverse(estimates[:2])
for name, found in zip(names, inverse, strict=False):
    print(f"{name}: from {found.min():.3f} to 1")

# %%
# First: inverse densities from averages over each ball's own points. Second: from all
# points. A bar is a share of the points of a patch; only the second panel tells the
# patches apart.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.6), layout="constrained", sharey=True)
titles = ("over its own ball", "over all points")
for ax, found, title in zip(axes, inverse, titles, strict=True):
    for part, label in ((found[:few], "few points"), (found[few:], "many points")):
        share = torch.full_like(part, 1 / len(part))
        ax.hist(part, weights=share, bins=25, range=(0, 1), alpha=0.7, label=label)
    ax.set(xlabel="inverse density over its largest", title=title)
axes[0].set(ylabel="share of the points")
axes[0].legend(loc="upper left")
fig.set_label("Bars of two patches overlap near 1; in the second panel they are apart.")
plt.show()
