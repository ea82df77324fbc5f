r"""
# Codes at fractions of the side go further in shapes that were not trained

Small networks learn digits on nearly square grids, and then see wide and tall ones.

Codes of rows and columns are added, [Eq. (factorized)](../../notes/flexible_vit.md), at
absolute places or at fractions, [Eq. (fractional)](../../notes/flexible_vit.md).
"""

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.blocks.patches import patchify
from dlnotes.blocks.training import train
from dlnotes.flexible_vit.codes import GridCodes, GridViT
from dlnotes.ledger import record
from dlnotes.toy.images import load_digit_images, split_digits
from dlnotes.vit.model import initialize

digits, labels = load_digit_images()
learn, test = split_digits()
trained, new, seeds = [(4, 4), (3, 5), (5, 3)], [(3, 7), (7, 3)], 4
shape = {"dim": 32, "depth": 2, "heads": 4, "classes": 10}

# %%
# ## Digits in the middle of images of five shapes
#
# Each digit is as tall or as wide as the image, and keeps its own shape.

patches = {}
for grid in trained + new:
    side, extra = 3 * min(grid), 3 * abs(grid[0] - grid[1]) // 2  # patches of 3 by 3
    pad = (extra, extra, 0, 0) if grid[1] > grid[0] else (0, 0, extra, extra)
    square = F.interpolate(digits, (side, side), mode="bilinear")
    patches[grid] = patchify(F.pad(square, pad), 3)

# %%
# ## Train on three grids, test on two others
#
# Absolute tables have rows that no training grid reaches. All begin with a spread of ½.

accuracy = torch.zeros(2, 2, seeds)  # absolute or fractions; trained or new
for row, seed in torch.cartesian_prod(torch.arange(2), torch.arange(seeds)).tolist():
    rng = torch.Generator().manual_seed(seed)
    codes = GridCodes(5 if row else 7, 32, fractional=row == 1)
    initialize(net := GridViT(9, codes, **shape), generator=rng)
    nn.init.normal_(codes.rows, std=0.5, generator=rng)
    nn.init.normal_(codes.columns, std=0.5, generator=rng)
    train(
        *(net, learn),
        lambda m, rows, k: F.cross_entropy(
            m(patches[trained[k % 3]][rows], trained[k % 3]), labels[rows]
        ),
        **{"steps": 200, "batch": 32, "learning_rate": 3e-3, "generator": rng},
    )
    for column, grids in enumerate((trained, new)):
        hits = [net(patches[g][test], g).argmax(-1) == labels[test] for g in grids]
        accuracy[row, column, seed] = torch.stack(hits).float().mean()
for name, values in (
    ("seen-gap", accuracy[1, 0] - accuracy[0, 0]),
    ("unseen-absolute", accuracy[0, 1]),
    ("unseen-fractions", accuracy[1, 1]),
    ("unseen-gap", accuracy[1, 1] - accuracy[0, 1]),
):
    record(f"flexible_vit/{name}", values.mean(), error=values.std() / seeds**0.5)

# %%
# On the grids of training both are nearly alike, on new ones fractions are ahead.

fig, ax = plt.subplots(figsize=(5.5, 2.6), layout="constrained")
for row, name in enumerate(("absolute places", "fractions")):
    bars = accuracy[row].mean(-1)
    ax.bar(torch.arange(2) + 0.4 * row - 0.2, bars, 0.36, label=name)
ax.set_xticks([0, 1], ["3 by 5 and the like", "3 by 7, 7 by 3"])
ax.set(xlabel="grid: trained, and new", ylabel="accuracy")
ax.legend()
fig.set_label("Two pairs of bars: nearly equal, then the second bar far higher.")
plt.show()
