r"""
# A learned weight function, and the image kernel that it holds

On digits the function is asked at few offsets; in between it is what it wants.

The function is that of [Eq. (factorized)](../../notes/pointconv.md), drawn over the
plane after learning.
"""

from functools import partial

import matplotlib.pyplot as plt
import torch
from einops import rearrange
from torch.nn import functional as F

from dlnotes.blocks.supervised import learn_classes, take_rows
from dlnotes.ledger import record
from dlnotes.pointconv.continuous import window_offsets
from dlnotes.pointconv.efficient import efficient_convolution
from dlnotes.pointconv.images import pixel_cloud
from dlnotes.pointconv.layer import PointConv
from dlnotes.pointconv.model import PointConvClassifier
from dlnotes.pointconv.neighborhood import Level, neighborhood, whole_cloud
from dlnotes.toy.images import load_digit_images, split_digits

images, labels = load_digit_images()
learn, test = split_digits()
images = (images - images[learn].mean()) / images[learn].std()

# %%
# ## One layer over nine neighbors, and one over the whole image

points, intensity = pixel_cloud(images)
real = torch.ones(points.shape[:2], dtype=torch.bool)
levels = [Level(points, real, neighborhood(points, points, 9)), whole_cloud(points)]
layer = partial(PointConv, coordinates=2)
model = PointConvClassifier(10, [(16,), (64,)], channels=1, head=(), layer=layer)
inputs = take_rows((intensity, levels), learn)
rng = torch.Generator().manual_seed(0)
learn_classes(model, inputs, labels[learn], steps=150, generator=rng)

# %%
# ## The same as an image kernel
#
# Its third input is the intensity; the first two are the offsets, which add up to a
# constant where all nine neighbors are there. In the inner 36 pixels a convolution of
# images with the nine values gives the same.

with torch.no_grad():
    first, given = model.layers[0], take_rows((intensity, levels[0].around), test)
    total = efficient_convolution(*first.factors(*given))
    nine = first.kernel(window_offsets(3, like=points))  # (9, 3, 16)
    kernel = rearrange(nine[:, 2:], "(h w) c o -> o c h w", h=3)
    constant = torch.einsum("kc,kco->o", window_offsets(3, like=points), nine[:, :2])
    wanted = F.conv2d(images[test], kernel) + constant[:, None, None]
    inner = rearrange(total, "b (h w) o -> b o h w", h=8)[:, :, 1:-1, 1:-1]
gap = (inner - wanted).abs().amax((0, 1)) / wanted.abs().max()
record("pointconv/inner-pixels-equal", gap.lt(1e-5).sum(), exact=True)

# %%
# Eight of sixteen functions. Circles are the offsets of the nine neighbors; red is
# negative, blue positive.

line = torch.linspace(-1.5, 1.5, 41)
with torch.no_grad():
    maps = first.kernel(torch.cartesian_prod(line, line))[:, 2].T.unflatten(1, (41, 41))
fig, axes = plt.subplots(2, 4, figsize=(7, 3.4), layout="constrained")
for ax, picture in zip(axes.flat, maps, strict=False):
    top = float(picture.abs().max())
    sides = {"extent": (-1.5, 1.5, 1.5, -1.5), "interpolation": "none"}
    ax.imshow(picture, cmap="RdBu", vmin=-top, vmax=top, **sides)
    ax.plot(*window_offsets(3, like=points).T, "ko", mfc="none", ms=4)
    ax.set(xticks=(-1, 0, 1), yticks=(-1, 0, 1))
for row in axes:
    row[0].set(ylabel="rows")
for ax in axes[1]:
    ax.set(xlabel="columns")
fig.set_label("Eight maps of weights over offsets, made of flat pieces with kinks.")
plt.show()
