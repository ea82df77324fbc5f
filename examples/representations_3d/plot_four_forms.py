r"""
# One shape in four forms

The same bracket as depth images, as full cells, as points and as a mesh.

Cells are those of [Eq. (occupancy)](../../notes/representations_3d.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.representations_3d.voxnet import occupancy
from dlnotes.toy.distortions import fit_ball
from dlnotes.toy.rendering import camera_views, render_depth, triangulate, weld
from dlnotes.toy.shapes import draw_sizes, draw_surface, make_solids

rng = torch.Generator().manual_seed(4)
solid = make_solids("bracket", draw_sizes("bracket", 1, generator=rng))
points = fit_ball(draw_surface(solid, 20_000, generator=rng).points)

# %%
# ## Views
#
# Six cameras in a circle, a little above; lighter is nearer.

views = render_depth(points, camera_views(6), 32)[0]
print(tuple(views.shape), "images by rows and columns")

# %%
# Depth images from three of six cameras. None of them shows the whole shape.

fig, axes = plt.subplots(1, 3, figsize=(6, 2.2), layout="constrained")
for ax, image, number in zip(axes, views[::2], range(0, 6, 2), strict=True):
    ax.imshow(image, cmap="gray", vmin=0, vmax=1)
    ax.set(title=f"camera {number + 1}", xticks=[], yticks=[])
fig.set_label("Three gray images of a bracket, light where it is near.")
plt.show()

# %%
# ## Cells, points, mesh
#
# 16 cells along a side, 500 points, and triangles on the surface.

cells = occupancy(points, 16)[0].nonzero()
corners, faces = triangulate(solid, 4)
corners, faces = weld(corners[0], faces)
print(f"{len(cells)} full cells of {16**3}, {len(corners)} corners, {len(faces)} faces")

# %%
# First: full cells, as dots in their middle. Second: points, in no order. Third: a
# mesh, which also tells who is whose neighbor.

axes3d = {"projection": "3d"}
fig, axes = plt.subplots(
    1, 3, figsize=(7, 2.4), layout="constrained", subplot_kw=axes3d
)
dots = (cells + 0.5) / 8 - 1
axes[0].scatter(*dots.T, s=10, depthshade=False, rasterized=True)
few = points[0, :500]
axes[1].scatter(*few.T, s=4, depthshade=False, rasterized=True)
x, y, z = corners.T.numpy()
axes[2].plot_trisurf(
    x, y, z, triangles=faces, color="C0", edgecolor="k", lw=0.2, rasterized=True
)
for ax, title in zip(axes, ("voxels", "points", "mesh"), strict=True):
    ax.set(title=title, xticks=[], yticks=[], zticks=[], aspect="equal")
fig.set_label("A bracket made of dots on a grid, of scattered dots, and of triangles.")
plt.show()
