r"""
# Three ways to hide three quarters of a photograph

At random, as one block, and all but a grid: the block is hard, the grid is easy.

The masks are those of [Eq. (mask)](../../notes/mae.md), from three kinds of noise.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.patches import patchify, unpatchify
from dlnotes.ledger import record
from dlnotes.mae.masking import (
    block_noise,
    draw_noise,
    grid_noise,
    hidden,
    kept_count,
    shuffle,
)
from dlnotes.toy.images import load_photograph
from dlnotes.vit.positions import places

image = load_photograph("astronaut")[None, :, :448, :448]
grid, size = (14, 14), 32
rng = torch.Generator().manual_seed(1)
kept = kept_count(196, 0.75)
noises = {
    "random": draw_noise(200, 196, generator=rng),
    "block": block_noise(torch.rand(200, 2, generator=rng), grid, 12),
    "grid": grid_noise(grid, like=image)[None],
}

# %%
# ## Count
#
# Of 196 patches, in 200 masks. A block of 12 by 12 hides 144; three more follow it.

masks = {name: hidden(shuffle(noise), kept) for name, noise in noises.items()}
at = places(grid, like=image)
far = (at[:, None] - at).norm(dim=-1)
for name, mask in masks.items():
    nearest = far[shuffle(noises[name])[:, :kept]].amin(1)  # of (masks, 49, 196)
    mean = (nearest * mask).sum(1) / mask.sum(1)
    known = {"error": mean.std() / 200**0.5} if len(mean) > 1 else {"exact": True}
    record(f"mae/mean-distance-{name}", mean.mean(), unit="patches", **known)
record("mae/kept-of-196", kept, exact=True)
record("mae/hidden-of-196", int(masks["random"][0].sum()), exact=True)

# %%
# Gray is hidden. With the grid every hidden patch touches a visible one, some only at a
# corner; the block has an inside that is far from everything. Random masks are between.

patches = patchify(image, size)
fig, axes = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained")
for ax, (name, mask) in zip(axes, masks.items(), strict=True):
    shown = torch.where(mask[:1, :, None], 0.5, patches)
    ax.imshow(unpatchify(shown, size, grid)[0].permute(1, 2, 0)[::7, ::7])
    ax.set(title=name, xticks=[], yticks=[])
    ax.grid(visible=False)
fig.set_label(
    "A photograph three times: scattered patches, a border around a gray block, one "
    "patch of every four."
)
plt.show()
