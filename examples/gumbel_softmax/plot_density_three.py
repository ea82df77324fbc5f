r"""
# From the corners to the middle

The density of three categories at three temperatures, on a triangle.

Three categories make a triangle, with [Eq. (density)](../../notes/gumbel_softmax.md) as
its relief. The note derives where it is high: at the border up to temperature
$1 / (K - 1) = 1/2$, at the corners up to $K - 1 = 2$.
"""

import math

import matplotlib.pyplot as plt
import torch

from dlnotes.gumbel_softmax.density import relaxed_log_prob

logits = torch.tensor([1.0, 0.0, -0.5], dtype=torch.float64)
corners = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(3) / 2]]).double()
side = 80
grid = torch.cartesian_prod(torch.arange(1, side), torch.arange(1, side))
grid = grid[grid.sum(-1) < side]
inside = torch.cat([grid, side - grid.sum(-1, keepdim=True)], dim=-1).double() / side

# %%
# ## See the relief
#
# Bright is dense, on a log scale. At 0.4 the log-density is convex: it rises towards
# the whole border. At 0.8 it already falls towards the edges, but it still has no
# maximum inside: it rises towards corners. At 2.5 everything lies inside.

fig, axes = plt.subplots(1, 3, figsize=(7, 3.2), layout="constrained")
for ax, t in zip(axes, (0.4, 0.8, 2.5), strict=True):
    values = relaxed_log_prob(inside, logits, t)
    x = (inside @ corners).T
    mesh = ax.tripcolor(*x, values, shading="gouraud", rasterized=True, vmin=-3)
    ax.set_aspect("equal")
    ax.set_title(f"temperature {t:g}", pad=12)
    ax.axis("off")
    fig.colorbar(mesh, ax=ax, location="bottom", label="log-density")
fig.set_label(
    "Log-density on a triangle at temperatures 0.4, 0.8 and 2.5: bright along the "
    "border, bright only in the corners, bright in the middle."
)
plt.show()

# %%
# ## Where is the highest point of the grid?
#
# At 0.4 and 0.8 it is the point next to the first corner, at 2.5 it lies inside.

for t in (0.4, 0.8, 2.5):
    top = inside[relaxed_log_prob(inside, logits, t).argmax()]
    print(f"temperature {t:g}: {[f'{entry:.3f}' for entry in top.tolist()]}")
