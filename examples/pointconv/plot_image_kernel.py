r"""
# A convolution of images is a PointConv

Weights that pick one of nine offsets give conv2d back, if they vanish at all others.

The weights are those of [Eq. (one-hot)](../../notes/pointconv.md), the reduction is
[Eq. (image-conv)](../../notes/pointconv.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.ledger import record
from dlnotes.pointconv.images import (
    convolve_as_points,
    layer_of_kernel,
    one_hot_offsets,
)

rng = torch.Generator().manual_seed(0)
image = torch.randn(1, 1, 8, 8, dtype=torch.float64, generator=rng)
kernel = torch.randn(4, 1, 3, 3, dtype=torch.float64, generator=rng)
wanted = F.conv2d(image, kernel, padding=1)

last = layer_of_kernel(kernel)

# %%
# ## Weights that vanish beyond the window
#
# At the border the nine nearest points are not the window: some of it are missing, and
# farther ones come in. These get no weight, so that nothing changes.

found = {"vanishing": convolve_as_points(image, one_hot_offsets, last, ghosts=False)}

# %%
# ## Weights that go on beyond it
#
# Here an offset gets the weight of the nearest one in the window, as a network would
# give it some weight. Points without features around the image mend that, too.

for name, ghosts in (("going-on", False), ("ghosts", True)):
    found[name] = convolve_as_points(
        image, lambda x: one_hot_offsets(x.clamp(-1, 1)), last, ghosts=ghosts
    )
gaps = {name: (x - wanted).abs().amax((0, 1)) for name, x in found.items()}
for name, gap in gaps.items():
    record(f"pointconv/pixels-equal-{name}", gap.lt(1e-12).sum(), exact=True)
print("of", image.numel())

# %%
# Largest difference from conv2d over four channels. First: weights that vanish beyond
# the window. Second: weights that go on. Third: these, with points around the image.

fig, axes = plt.subplots(1, 3, figsize=(7, 2.5), layout="constrained")
top = max(float(gap.max()) for gap in gaps.values())
titles = ("vanishing", "going on", "going on, ghosts")
for ax, gap, title in zip(axes, gaps.values(), titles, strict=True):
    drawn = ax.imshow(gap, vmin=0, vmax=top, cmap="viridis")
    ax.set(title=title, xlabel="column", xticks=(0, 7), yticks=(0, 7))
axes[0].set(ylabel="row")
fig.colorbar(drawn, ax=axes, shrink=0.8, label="difference")
fig.set_label("No difference but in the second map, where it fills the border alone.")
plt.show()
