r"""
# A budget of patches keeps the shape of an image

The same photograph, squeezed into a square, and resized under a budget.

The grid is that of [Eq. (budget-grid)](../../notes/flexible_vit.md).
"""

import matplotlib.pyplot as plt
from torch.nn import functional as F

from dlnotes.flexible_vit.resizing import budget_grid, variable_patches
from dlnotes.ledger import record
from dlnotes.toy.images import load_photograph

image = load_photograph("rocket")[:, :, 200:440].double()
height, width = image.shape[1:]
patch, budget = 16, 256

# %%
# ## Two grids
#
# Both keep to 256 patches. A grid is off by the factor between its shape and that of
# the image.

rows, columns = budget_grid((height, width), patch, budget)
record("flexible_vit/patches", len(variable_patches(image, patch, budget)), exact=True)
square = height / width
kept = (rows / columns) / (height / width)
record("flexible_vit/off-square", square, exact=True, unit="×")
record("flexible_vit/off-budget", max(kept, 1 / kept), exact=True, unit="×")

# %%
# ## Where floating point loses a row
#
# The published program rounds the scale before it rounds down. Squares of up to 2,000
# pixels, whose exact grid is 16 by 16:

lost = sum(
    budget_grid((side, side), patch, budget) != (16, 16) for side in range(1, 2001)
)
record("flexible_vit/squares-that-lose", lost, exact=True)

# %%
# First, the rocket is wide. Second, it has its shape, with nearly as many patches.

fig, axes = plt.subplots(1, 2, figsize=(6, 3.6), layout="constrained")
for ax, (down, right), name in zip(
    axes, ((16, 16), (rows, columns)), ("square", "under a budget"), strict=True
):
    size = (down * patch, right * patch)
    resized = F.interpolate(image[None], size, mode="bilinear", antialias=True)[0]
    shown = resized[:, ::3, ::3].permute(1, 2, 0).clamp(0, 1)
    ax.imshow(shown, extent=(0, size[1], size[0], 0))
    ax.set(title=name, xlabel="column (patches)", ylabel="row (patches)")
    ax.set_xticks([k * patch for k in range(0, right + 1, 4)], range(0, right + 1, 4))
    ax.set_yticks([k * patch for k in range(0, down + 1, 4)], range(0, down + 1, 4))
    ax.grid(visible=False)
fig.set_label("A rocket twice: wide in a square, and slender in a tall frame.")
plt.show()
