r"""
# Codes learn the shape of the image, if the task needs it

Neighbors get similar codes when hidden patches of photographs are to be filled in.

The likeness is that of [Eq. (similarity)](../../notes/vit.md). Half of the patches are
replaced by one learned token, and the network predicts their pixels.
"""

import matplotlib.pyplot as plt
import torch
from scipy.stats import spearmanr
from torch import nn

from dlnotes.blocks.encoder import Encoder
from dlnotes.blocks.patches import patchify
from dlnotes.ledger import record
from dlnotes.toy.images import draw_crops, load_photograph, standardize_gray
from dlnotes.vit.model import initialize
from dlnotes.vit.positions import code_similarity, places

names = "astronaut camera chelsea coffee coins rocket brick grass"
photographs = [standardize_gray(load_photograph(name)) for name in names.split()]
side, seeds = 6, 3
at = places((side, side), like=photographs[0])
one, other = torch.triu_indices(side**2, side**2, 1)
near = -(at[one] - at[other]).norm(dim=1)
line = (at[one] == at[other]).any(1)

# %%
# ## Fill in what is hidden
#
# Crops of 24 pixels, patches of 4, new ones in every step.

found = torch.zeros(3, seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    tables = nn.ParameterList([torch.zeros(side**2, 48), torch.zeros(48)])
    layers = [nn.Linear(16, 48), Encoder(48, 2, 4), nn.Linear(48, 16)]
    (codes, nothing), (embed, encoder, pixels) = tables, layers
    model = nn.ModuleList([tables, *layers])
    initialize(model, generator=rng)
    pairs = code_similarity(codes.detach())[one, other]
    found[0, seed] = spearmanr(pairs, near).statistic
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, fused=True)
    for _ in range(400):
        patches = patchify(draw_crops(photographs, 32, 24, generator=rng), 4)
        hidden = torch.rand(*patches.shape[:2], 1, generator=rng) < 0.5
        shown = torch.where(hidden, nothing, embed(patches))
        filled = pixels(encoder(shown + codes))
        optimizer.zero_grad()
        ((filled - patches).square() * hidden).mean().backward()
        optimizer.step()
    likeness = code_similarity(codes.detach())
    pairs = likeness[one, other]
    found[1, seed] = spearmanr(pairs, near).statistic
    found[2, seed] = pairs[line].mean() - pairs[~line].mean()
for name, values in zip(("start", "photographs", "line"), found, strict=True):
    record(f"vit/likeness-{name}", values.mean(), error=values.std() / seeds**0.5)

# %%
# Each small square shows one code beside all others, at its place. Bright is alike: the
# bright spot wanders with the place.

fig, axes = plt.subplots(side, side, figsize=(4, 4), layout="constrained")
for ax, row in zip(axes.flat, likeness, strict=True):
    ax.imshow(row.view(side, side), vmin=-1, vmax=1, cmap="viridis")
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
fig.supxlabel("column of the patch")
fig.supylabel("row of the patch")
fig.set_label("Thirty-six small maps; in each the brightest place is its own.")
plt.show()
