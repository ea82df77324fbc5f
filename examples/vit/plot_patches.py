r"""
# An image becomes a row of patches

A photograph, cut into squares, each of which is one token.

The cut is that of [Eq. (patch-embedding)](../../notes/vit.md); the linear map that
follows is a convolution, [Eq. (patch-convolution)](../../notes/vit.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.blocks.patches import patchify, unpatchify
from dlnotes.ledger import record
from dlnotes.toy.images import load_photograph
from dlnotes.vit.embedding import embed_patches, kernel_of, patch_grid

image = load_photograph("astronaut")[None, :, :256, 128:384].double()
patch = 32
rows, columns = patch_grid((256, 256), patch)
patches = patchify(image, patch)
record("vit/patches", rows * columns, exact=True)
record("vit/numbers-in-a-patch", patches.shape[-1], exact=True)

# %%
# ## Put it together again, and embed it in two ways
#
# The inverse loses nothing. The linear map and the convolution give the same tokens, up
# to rounding.

back = unpatchify(patches, patch, (rows, columns))
record("vit/unpatchify-gap", (back - image).abs().max(), exact=True)

rng = torch.Generator().manual_seed(0)
weight = torch.randn(64, patches.shape[-1], generator=rng).double() / patch
bias = torch.randn(64, generator=rng).double()
linear = embed_patches(image, weight, bias, patch)
maps = F.conv2d(image, kernel_of(weight, patch), bias, stride=patch)
gap = (maps.flatten(2).mT - linear).abs().max()
record("vit/convolution-gap", gap, exact=True)

# %%
# ## What the network is given
#
# The same pixels twice. In the second panel nothing says any more which patch was above
# which.

fig, (left, right) = plt.subplots(
    1, 2, figsize=(7.5, 3), layout="constrained", width_ratios=[1, 1.4]
)
small = image[0, :, ::2, ::2].permute(1, 2, 0)
left.imshow(small, interpolation="none", extent=(0, 256, 256, 0))
left.set(title="image", xlabel="column (pixels)", ylabel="row (pixels)")
for k in range(1, rows):
    left.axhline(k * patch, color="white", lw=0.8)
    left.axvline(k * patch, color="white", lw=0.8)
stripes = patches.view(rows, columns, patch, patch, 3).permute(0, 2, 1, 3, 4)
strip = torch.cat([stripes, torch.ones(rows, patch, columns, 6, 3)], 3).flatten(2, 3)
strip = torch.cat([strip, torch.ones(rows, 10, strip.shape[2], 3)], 1).flatten(0, 1)
right.imshow(strip[::2, ::2], interpolation="none")
right.set(title="tokens, eight to a line", xticks=[], yticks=[])
right.set(xlabel="read from left to right, line after line")
for ax in (left, right):
    ax.grid(visible=False)
fig.set_label(
    "A portrait with a white grid over it, and beside it the same squares pulled "
    "apart, line by line."
)
plt.show()
