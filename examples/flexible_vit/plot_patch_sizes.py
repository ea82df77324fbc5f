r"""
# One network for all patch sizes needs the steps of all

Networks for one size of patches, and one that draws the size anew in every step.

Kernels fit by [Eq. (pi-resize)](../../notes/flexible_vit.md), digits of 24 pixels.
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.blocks.training import train
from dlnotes.flexible_vit.patch_sizes import FlexibleViT
from dlnotes.ledger import record
from dlnotes.toy.images import load_digit_images, split_digits
from dlnotes.vit.model import initialize

small, labels = load_digit_images()
images = F.interpolate(small, (24, 24), mode="bilinear")
learn, test = split_digits()
patches, seeds, steps = [4, 6, 8, 12], 5, 240
choices = [[4], [6], [8], [12], patches, patches]
shape = {"dim": 32, "depth": 2, "heads": 4, "channels": 1, "classes": 10}
options = {"batch": 32, "learning_rate": 3e-3}

# %%
# ## Train under two budgets
#
# Each network has 240 steps. The flexible one then goes on to 960, those of four.

accuracy = torch.zeros(6, 4, seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    for row, choice in enumerate(choices):
        if row < 5:
            initialize(model := FlexibleViT(24, choice[0], **shape), generator=rng)
        draws = torch.randint(len(choice), (3 * steps,), generator=rng).tolist()
        sides = [choice[draw] for draw in draws]
        train(
            *(model, learn),
            lambda m, b, k, s=sides: F.cross_entropy(m(images[b], s[k]), labels[b]),
            **{"steps": steps * (3 if row == 5 else 1), "generator": rng, **options},
        )
        for column, patch in enumerate(patches):
            hit = model(images[test], patch).argmax(-1) == labels[test]
            accuracy[row, column, seed] = hit.float().mean()

# %%
# ## Compare, seed by seed
#
# Gaps are means over the sizes, and their errors standard errors over five seeds.

own = accuracy[:4].diagonal().T  # (4, seeds), each network at its own size
for name, values in (
    ("gap-equal-steps", own - accuracy[4]),
    ("gap-all-steps", own - accuracy[5]),
    ("gap-resized", (4 * own - accuracy[:4].sum(1)) / 3),
    ("accuracy-fixed", own),
    ("accuracy-flexible", accuracy[5]),
):
    spread = values.mean(0).std()
    record(f"flexible_vit/{name}", values.mean(), error=spread / seeds**0.5)

# %%
# The network trained at 6 pixels is good there alone. The flexible one comes close to
# the others at all sizes once it has had the steps of all four.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for name, values, style in (
    ("one size each", own, "C7s-"),
    ("flexible, steps of one", accuracy[4], "C2o--"),
    ("flexible, steps of all", accuracy[5], "C0o-"),
    ("trained at 6, resized", accuracy[1], "C3^:"),
):
    ax.plot(patches, values.mean(1), style, label=name)
ax.set(xlabel="side of a patch (pixels)", ylabel="accuracy", xticks=patches)
ax.legend(loc="lower left")
fig.set_label("Accuracy by patch size: three level lines, and one that peaks at six.")
plt.show()
