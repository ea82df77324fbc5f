r"""
# Heads of the first layer differ in how far they look, before training already

Distances over which heads look, and what a digit's class token has read.

They are those of Eq. (attention-distance) and [Eq. (rollout)](../../notes/vit.md).
"""

import matplotlib.pyplot as plt
import torch
from scipy.stats import spearmanr
from torch.nn import functional as F

from dlnotes.blocks.training import train
from dlnotes.ledger import record
from dlnotes.toy.images import load_digit_images, split_digits
from dlnotes.vit import looking
from dlnotes.vit.model import VisionTransformer, initialize
from dlnotes.vit.positions import code_similarity, places

images, labels = load_digit_images()
learn, test = split_digits()
grid, seeds, even = (4, 4), 3, 2 * looking.uniform_distance((4, 4))
at = places(grid, like=images)
one, other = torch.triu_indices(16, 16, 1)
near = -(at[one] - at[other]).norm(dim=1)

# %%
# Three layers of four heads, in pixels; 300 steps on digits, three seeds.

far, likeness = torch.zeros(2, seeds, 3, 4), torch.zeros(seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    model = VisionTransformer(8, 2, dim=32, depth=3, heads=4, channels=1, classes=10)
    initialize(model, generator=rng)
    for when, steps in enumerate((0, 300)):
        train(
            *(model, learn),
            lambda m, batch, _: F.cross_entropy(m(images[batch]), labels[batch]),
            **{"steps": steps, "batch": 32, "learning_rate": 3e-3, "generator": rng},
        )
        with torch.no_grad():
            maps = torch.stack(looking.attention_maps(model, images[test]))
            found = looking.attention_distance(maps, grid, patch=2).mean(1)
        far[when, seed] = found.sort(1).values
    alike = code_similarity(model.positions[1:].detach())[one, other]
    likeness[seed] = spearmanr(alike, near).statistic
record("vit/distance-uniform", even, exact=True, unit="pixels")
spread = far.std(3)  # over the heads, of (before and after, seeds, layers)
measured = {"before": far[0].mean((1, 2)), "change-first": spread.diff(dim=0)[0, :, 0]}
for word, distances, spreads in zip(("before-", ""), far, spread, strict=True):
    measured[f"{word}nearest-head"] = distances.amin((1, 2))
    measured[f"{word}spread-first"] = spreads[:, 0]
    measured[f"{word}spread-last"] = spreads[:, -1]
for name, values in measured.items():
    error = values.std() / seeds**0.5
    record(f"vit/distance-{name}", values.mean(), error=error, unit="pixels")
record("vit/likeness-digits", likeness.mean(), error=likeness.std() / seeds**0.5)

# %%
# First, one point for each head of three networks; the line is for looking everywhere
# alike. Then two digits, each followed by what has reached the class token.

fig, (left, *rest) = plt.subplots(1, 5, figsize=(7.4, 2.4), layout="constrained")
for when, (name, style) in enumerate((("before", "C7o"), ("after", "C0^"))):
    x, heads = torch.arange(1, 4) + 0.3 * when, far[when].transpose(0, 1).flatten(1)
    left.plot(x - 0.15, heads, style, ms=4, alpha=0.6, label=[name, *["_"] * 11])
left.axhline(even, color="C3", lw=1)
left.set(xlabel="layer", ylabel="distance (pixels)", xticks=[1, 2, 3])
left.legend(fontsize="small")
with torch.no_grad():
    read = looking.rollout(looking.attention_maps(model, images[test[:2]]))[:, 0, 1:]
for k, ax in enumerate(rest):
    shown = read[k // 2].view(grid) if k % 2 else images[test[k // 2], 0]
    ax.imshow(shown, cmap="viridis" if k % 2 else "gray")
    ax.set(title="read" if k % 2 else "digit", xticks=[], yticks=[])
    ax.grid(visible=False)
fig.set_label("Distances of heads in three layers; two digits, each beside its map.")
plt.show()
