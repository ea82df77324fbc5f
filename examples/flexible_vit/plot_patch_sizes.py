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
from dlnotes.vit.sizes import layer_multiply_adds

(images, labels), (learn, test) = load_digit_images(), split_digits()
images = F.interpolate(images, (24, 24), mode="bilinear")
patches, seeds, steps = [4, 6, 8, 12], 4, 120
options = {"batch": 32, "learning_rate": 3e-3}
shape = {"dim": 32, "depth": 2, "heads": 4, "channels": 1, "classes": 10}

# %%
# Each network has 120 steps. The flexible one then goes on to 480, those of four.

accuracy = torch.zeros(6, 4, seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    for row, choice in enumerate([[4], [6], [8], [12], patches, patches]):
        if row < 5:
            initialize(model := FlexibleViT(24, choice[0], **shape), generator=rng)
        draws = torch.randint(len(choice), (3 * steps,), generator=rng).tolist()
        sides = [choice[draw] for draw in draws]
        train(
            *(model, learn),
            lambda m, b, k, s=sides: F.cross_entropy(m(images[b], s[k]), labels[b]),
            **{"steps": steps * (3 if row == 5 else 1), "generator": rng, **options},
        )
        hits = [model(images[test], p).argmax(-1) == labels[test] for p in patches]
        accuracy[row, :, seed] = torch.stack(hits).float().mean(1)

# %%
# Gaps are means over the sizes. Embedding and head take 18752 multiplications at each.

own = accuracy[:4].diagonal().T  # (4, seeds), each network at its own size
for name, values in (
    ("gap-equal-steps", own - accuracy[4]),
    ("gap-all-steps", own - accuracy[5]),
    ("gap-resized", (4 * own - accuracy[:4].sum(1)) / 3),
    ("accuracy-fixed", own),
    ("accuracy-flexible", accuracy[5]),
    ("accuracy-bought", accuracy[5, :1] - accuracy[5, 3:]),
):
    error = values.mean(0).std() / seeds**0.5
    record(f"flexible_vit/{name}", values.mean(), error=error)
costs = [18752 + 2 * layer_multiply_adds((24 // p) ** 2, 32) for p in patches]
record("flexible_vit/cost-range", costs[0] / costs[-1], exact=True, unit="×")

# %%
# Trained at 6 pixels, a network is good there alone; the flexible one comes close to
# the others with the steps of all. The second panel has the same points by their cost.

millions = [cost / 1e6 for cost in costs]
fig, axes = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True, layout="constrained")
for name, values, style in (
    ("one size each", own, "C7s-"),
    ("flexible, steps of one", accuracy[4], "C2o--"),
    ("flexible, steps of all", accuracy[5], "C0o-"),
    ("trained at 6", accuracy[1], "C3^:"),
):
    for ax, places in zip(axes, (patches, millions), strict=True):
        ax.plot(places, values.mean(1), style, label=name)
axes[0].set(xlabel="side of a patch (pixels)", ylabel="accuracy", xticks=patches)
axes[1].set(xlabel="multiplications for an image (millions)")
axes[0].legend(loc="lower left", fontsize="small")
fig.set_label("Accuracy by patch size, then by cost: three lines, and one with a peak.")
plt.show()
