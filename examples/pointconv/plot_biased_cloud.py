r"""
# Where points are few, each counts for more

A torus whose points are up to sixteen times denser on one side, and their factors.

The factors are those of [Eq. (normalized-inverse)](../../notes/pointconv.md). A torus
is symmetric: the mean over its surface lies in its middle.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.pointconv.density import kernel_density, normalized_inverse
from dlnotes.toy.shapes import draw_objects

rng = torch.Generator().manual_seed(0)
clouds, _ = draw_objects(["torus"], 64, 500, ratio=16, generator=rng)
points = clouds.points
factors = normalized_inverse(kernel_density(points, 0.15))

# %%
# ## How far the mean is from the middle
#
# The plain mean of the points is drawn to the dense side. The factors bring most of it
# back. What is left is chance, and the breadth of the Gaussians, which blurs densities.

for name, weights in {"plain": 1 / 500, "weighted": factors}.items():
    means = (points * torch.as_tensor(weights)[..., None]).sum(1)
    away = means.norm(dim=-1)
    record(f"pointconv/middle-{name}", away.mean(), error=away.std() / 64**0.5)

# %%
# The color of a point is its factor, as a multiple of the mean factor. Turn the torus
# to see it from its dense side and from its sparse one.

fig = plt.figure(figsize=(5, 4), layout="constrained")
ax = fig.add_subplot(projection="3d")
x, y, z = points[0].T
shown = ax.scatter(x, y, z, c=500 * factors[0], s=9, rasterized=True)
fig.colorbar(shown, label="factor over its mean", shrink=0.7, pad=0.15)
ax.set(xlabel="x", ylabel="y", zlabel="z", zlim=(-1, 1), zticks=(-1, 0, 1))
ax.set_aspect("equal")
fig.set_label(
    "A torus of points, on one side many and dark, on the other few and light."
)
plt.show()
