r"""
# By angles a Laplacian knows the surface, by edges only the points

Waves of a sphere, from meshes that are even and from some that are not.

They solve [Eq. (mesh-laplacian)](../../notes/representations_3d.md).
"""

import matplotlib.pyplot as plt
import torch
from scipy.spatial import ConvexHull

from dlnotes.ledger import record
from dlnotes.representations_3d.laplacian import (
    cotangent_laplacian,
    graph_laplacian,
    lumped_mass,
    slowest_waves,
)

# %%
# ## Two sets of corners
#
# Of 800 points one half is drawn on the whole sphere. The other is, too, or lies on the
# cap above a height of 1/3 only. Their convex hull is the mesh; ten draws of each.

draws, wanted = 10, torch.tensor([2.0] * 3 + [6.0] * 5)
found = {}
for draw in range(draws):
    for kind in ("even", "uneven"):
        rng = torch.Generator().manual_seed(draw)
        some = torch.randn(2400, 3, generator=rng, dtype=torch.float64)
        some = torch.nn.functional.normalize(some, dim=1)
        upper = some[400:][some[400:, 2] > 1 / 3][:400]
        corners = torch.cat([some[:400], some[400:800] if kind == "even" else upper])
        faces = torch.tensor(ConvexHull(corners.numpy()).simplices, dtype=torch.int64)
        edges = torch.cat([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        joined = torch.zeros(800, 800, dtype=torch.float64)
        joined[edges[:, 0], edges[:, 1]] = 1
        graph = graph_laplacian(joined.maximum(joined.T))
        mesh, mass = cotangent_laplacian(corners, faces), lumped_mass(corners, faces)
        ones = torch.ones(800, dtype=torch.float64)
        for name, waves in {
            "mesh": slowest_waves(mesh, mass, 9),
            "graph": slowest_waves(graph, ones, 9),
        }.items():
            values = waves.values / waves.values[1:4].mean() * 2  # one scale is free
            found.setdefault(f"{name}-{kind}", []).append(values[1:])
for name, values in found.items():
    x = 100 * (torch.stack(values) / wanted - 1).abs().mean(1)
    name = f"representations_3d/waves-error-{name}"
    record(name, x.mean(), error=x.std() / draws**0.5, unit="%")

# %%
# Scaled so that the mean of the first three is 2. Dotted: where the sphere has them, 2
# three times and 6 five times. The graph splits what belongs together.

size = {"figsize": (7, 2.8), "layout": "constrained", "sharey": True}
fig, axes = plt.subplots(1, 2, **size)
for ax, kind in zip(axes, ("even", "uneven"), strict=True):
    for name, style in (("mesh", "C0o"), ("graph", "C1s")):
        x = torch.stack(found[f"{name}-{kind}"])
        ax.errorbar(range(1, 9), x.mean(0), x.std(0), fmt=style, label=name, capsize=3)
    ax.hlines([2, 6], 1, 8, colors="0.5", linestyles=":")
    ax.set(title=kind, xlabel="wave")
axes[0].set(ylabel="eigenvalue")
axes[1].legend()
fig.set_label("Eigenvalues in two panels; those of the mesh lie on two levels.")
plt.show()
