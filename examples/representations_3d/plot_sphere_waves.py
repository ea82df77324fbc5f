r"""
# By angles a Laplacian knows the surface, by edges only the points

Waves of a sphere, from meshes that are even and from some that are not.

They solve [Eq. (mesh-laplacian)](../../notes/representations_3d.md).
"""

from itertools import product

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
# ## Two kinds of corners
#
# Of the points one half is drawn on the whole sphere. The other is, too, or lies on the
# cap above a height of 1/3 only. Their convex hull is the mesh; five draws of each.

draws, wanted = 5, torch.tensor([2.0] * 3 + [6.0] * 5)
counts, kinds, found = [200, 400, 800], ("even", "uneven"), {}
for count, kind in product(counts, kinds):
    for draw in range(draws):
        rng = torch.Generator().manual_seed(draw)
        some = torch.randn(3 * count, 3, generator=rng, dtype=torch.float64)
        some = torch.nn.functional.normalize(some, dim=1)
        first, rest = some[: count // 2], some[count // 2 :]
        rest = rest if kind == "even" else rest[rest[:, 2] > 1 / 3]
        corners = torch.cat([first, rest[: count // 2]])
        faces = torch.tensor(ConvexHull(corners.numpy()).simplices, dtype=torch.int64)
        edges = torch.cat([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        joined = torch.zeros(count, count, dtype=torch.float64)
        joined[edges[:, 0], edges[:, 1]] = 1
        ones = torch.ones(count, dtype=torch.float64)
        mesh = cotangent_laplacian(corners, faces), lumped_mass(corners, faces)
        graph = graph_laplacian(joined.maximum(joined.T)), ones
        for name, given in (("mesh", mesh), ("graph", graph)):
            values = slowest_waves(*given, 9).values[1:]
            values = values / values[:3].mean() * 2  # one scale is free
            found.setdefault((name, kind, count), []).append(values)
errors = {}
for (name, kind, count), values in found.items():
    x = 100 * (torch.stack(values) / wanted - 1).abs().mean(1)
    errors[name, kind, count] = x.mean()
    if count != 400:
        words = f"representations_3d/waves-error-{name}-{kind}-{count}"
        record(words, x.mean(), error=x.std() / draws**0.5, unit="%")

# %%
# First: eigenvalues with 800 uneven corners, scaled so that the mean of the first three
# is 2. Dotted: where the sphere has them. Second: errors on logarithmic scales. With
# uneven corners, dashed, those of the graph hardly fall.

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.9), layout="constrained")
for color, name in enumerate(("mesh", "graph")):
    x, style = torch.stack(found[name, "uneven", 800]), f"C{color}"
    left.errorbar(range(1, 9), x.mean(0), x.std(0), fmt=f"{style}o", capsize=3)
    for kind, line in zip(kinds, ("-", "--"), strict=True):
        y = [errors[name, kind, count] for count in counts]
        right.loglog(counts, y, f"{style}o{line}", label=f"{name}, {kind}")
left.hlines([2, 6], 1, 8, colors="0.5", linestyles=":")
left.set(xlabel="wave", ylabel="eigenvalue")
right.set(xlabel="corners", ylabel="error (%)", xticks=counts)
right.set_xticklabels(counts)
right.minorticks_off()
right.legend(fontsize="small")
fig.set_label("Eigenvalues near two levels, and errors over the number of corners.")
plt.show()
