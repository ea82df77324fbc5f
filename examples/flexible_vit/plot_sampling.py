r"""
# Small images, drawn more often, let a row hold more of them

Sides drawn anew for each image, and how many images the tokens of one large image buy.

The law is [Eq. (side-law)](../../notes/flexible_vit.md), the choice of tokens
[Eq. (token-drop)](../../notes/flexible_vit.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.flexible_vit.resizing import budget_grid
from dlnotes.flexible_vit.sampling import kept_tokens, sampled_sides
from dlnotes.ledger import record

rng = torch.Generator().manual_seed(0)
low, high, patch, draws = 64, 384, 16, 8000
noise = torch.rand(draws, dtype=torch.float64, generator=rng)
peaks = (-0.5, 0.0, 0.5)

# %%
# ## Count the tokens
#
# Photographs of 3 by 4, as large in pixels as a square of the side that was drawn; then
# half of the tokens of each are dropped.

laws = [sampled_sides(noise, low, high, loc=loc) for loc in peaks]
counts = torch.zeros(3, draws)
for row, sides in enumerate(laws):
    for number, side in enumerate(sides.tolist()):
        grid = budget_grid((480, 640), patch, max(int((side / patch) ** 2), 1))
        counts[row, number] = grid[0] * grid[1]
rows, columns = budget_grid((480, 640), patch, (high // patch) ** 2)
largest = rows * columns
dropped = counts[0].clone()
for number, tokens in enumerate(counts[0].int().tolist()):
    dropped[number] = len(kept_tokens(torch.rand(tokens, generator=rng), 0.5))
record("flexible_vit/tokens-largest", largest, exact=True)
for name, values in (("sampled", counts[0]), ("dropped", dropped)):
    error = values.std() / draws**0.5
    record(f"flexible_vit/tokens-{name}", values.mean(), error=error)
    more = largest / values.mean()
    relative = error / values.mean()
    record(f"flexible_vit/images-{name}", more, error=more * relative, unit="×")

# %%
# The lower the peak, the more small images. The paper found the lowest of the three to
# work best.

fig, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
for loc, sides in zip(peaks, laws, strict=True):
    ax.hist(sides, bins=20, histtype="step", lw=1.5, label=f"peak at {loc:g}")
ax.set(xlabel="side of a square with as many pixels", ylabel="images of 8,000")
ax.legend()
fig.set_label(
    "Three humps over the sides, the first leaning to small, the last to large."
)
plt.show()
