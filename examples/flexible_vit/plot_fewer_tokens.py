r"""
# Windows and merging take the square out of the cost

Multiplications of one layer, and how much of the tokens merging keeps.

The counts are [Eq. (window-cost)](../../notes/flexible_vit.md), the merging that of
[Eq. (merge)](../../notes/flexible_vit.md).
"""

import math

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.patches import patchify
from dlnotes.flexible_vit.merging import merge_tokens
from dlnotes.flexible_vit.windows import window_multiply_adds
from dlnotes.ledger import record
from dlnotes.toy.images import load_photograph, standardize_gray

sides = [14, 28, 56, 112]
whole = [window_multiply_adds(side, side, 96, side) for side in sides]
windows = [window_multiply_adds(side, side, 96, 7) for side in sides]

# %%
# ## Windows
#
# Maps of 14 to 112 tokens a side, with 96 channels; the exponent, from 28 to 112, is
# that of the number of tokens.

for name, costs in (("whole", whole), ("windows", windows)):
    slope = math.log2(costs[3] / costs[1]) / math.log2((sides[3] / sides[1]) ** 2)
    record(f"flexible_vit/exponent-{name}", slope, exact=True)
record("flexible_vit/window-saving", whole[2] / windows[2], exact=True, unit="×")

# %%
# ## Merge patches of photographs
#
# A quarter of the patches merge at once, by likeness of pixels or at random. Then each
# patch is shown by the token that it went into; errors are shares of the variance.

rng = torch.Generator().manual_seed(0)
names = ["astronaut", "camera", "chelsea", "coffee", "coins", "rocket"]
errors = torch.zeros(2, len(names))
for column, name in enumerate(names):
    crop = standardize_gray(load_photograph(name))[None, :, :256, :256].double()
    tokens = patchify(crop, 8)
    sizes = torch.ones(tokens.shape[:2], dtype=torch.float64)
    noise = torch.randn(*tokens.shape[:2], 16, dtype=torch.float64, generator=rng)
    energy = tokens.square().sum()
    for row, keys in enumerate((tokens, noise)):
        merged, mass = merge_tokens(tokens, keys, sizes, 256)
        kept = (merged.square() * mass[..., None]).sum()
        errors[row, column] = (energy - kept) / (tokens - tokens.mean()).square().sum()
for name, values in zip(("alike", "random"), 100 * errors, strict=True):
    error = values.std() / len(names) ** 0.5
    record(f"flexible_vit/lost-{name}", values.mean(), error=error, unit="%")

# %%
# Both lines begin together, where one window is a quarter of the map. Attention to all
# becomes twice as steep.

fig, ax = plt.subplots(figsize=(5.5, 3), layout="constrained")
tokens = [side**2 for side in sides]
ax.loglog(tokens, whole, "C3s--", label="all to all")
ax.loglog(tokens, windows, "C0o-", label="in windows of 7 by 7")
ax.set(xlabel="tokens", ylabel="multiplications")
ax.legend()
fig.set_label(
    "Cost against tokens: two lines, the one for all to all becoming steeper."
)
plt.show()
