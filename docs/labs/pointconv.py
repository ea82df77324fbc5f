# %% [markdown]
# # From a 3×3 image kernel to a continuous one on points
#
# The note [PointConv](../../notes/pointconv/) says that a convolution on points is that
# of images, with the nine weights replaced by a function. Here one thing changes at a
# time: nine weights become a function, pixels become points, points leave the grid,
# gather on one side, and in the end the function is learned. Each step is compared with
# something known. Three exercises follow, with folded solutions.

# %%
import math

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.blocks.grouping import gather_points, offsets
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.ledger import record
from dlnotes.pointconv import continuous, density, efficient
from dlnotes.pointconv import images as clouds
from dlnotes.pointconv.layer import PointConv
from dlnotes.pointconv.neighborhood import neighborhood
from dlnotes.toy.images import load_digit_images

rng = torch.Generator().manual_seed(0)
images = load_digit_images()[0][:1].double()
images.shape

# %% [markdown]
# ## Nine weights
#
# A kernel that takes the difference of right and left, smoothed over the rows. The
# result is a sum of nine shifted images, each times one number.

# %%
kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=torch.float64) / 8
wanted = F.conv2d(images, kernel[None, None], padding=1)
window = continuous.window_offsets(3, like=images)
padded = F.pad(images, [1] * 4)
total = torch.zeros_like(images)
for (row, column), weight in zip(window.long() + 1, kernel.flatten(), strict=True):
    total += weight * padded[..., row : row + 8, column : column + 8]
assert torch.allclose(total, wanted, atol=1e-12)
window.T

# %% [markdown]
# ## The nine weights as a function
#
# Any function of the offset that has these nine values will do, such as a quarter of
# the column times 1 - |row| / 2. [Eq. (grid-conv)](../../notes/pointconv/) asks it at
# the nine offsets alone; in between it goes on.

# %%
assert window.shape == (9, 2)


def tent(where):
    """Map offsets `(..., 2)` to weights `(..., 1)`."""
    return (1 - where[..., :1].abs() / 2) * where[..., 1:] / 4


assert torch.equal(tent(window).view(3, 3), kernel)
found = continuous.grid_convolution(images, lambda where: tent(where)[..., None])
assert torch.allclose(found, wanted, atol=1e-12)

# %% [markdown]
# ## Pixels become points
#
# Each pixel is a point with two coordinates and one feature. Its neighbors are the nine
# nearest points. In the middle of the image these are the window; in a corner they are
# not.

# %%
points, features = clouds.pixel_cloud(images)
index, _ = nearest_points(points, points, 9)
seen = offsets(points, points, index)
print("middle:", seen[0, 27].abs().amax().item(), "corner:", seen[0, 0].amax().item())
seen.shape

# %% [markdown]
# With weights that pick one of nine offsets and vanish elsewhere it makes no
# difference: [Eq. (image-conv)](../../notes/pointconv/). The tent does not vanish. It
# needs a frame of points without features around the image.

# %%
last = clouds.layer_of_kernel(kernel[None, None])
found = clouds.convolve_as_points(images, clouds.one_hot_offsets, last)
assert torch.allclose(found, wanted, atol=1e-12)
one = torch.ones(1, 1, 1, dtype=torch.float64)
framed = clouds.convolve_as_points(images, tent, one)
assert torch.allclose(framed, wanted, atol=1e-12)
gap = (clouds.convolve_as_points(images, tent, one, ghosts=False) - wanted).abs()[0, 0]
assert gap[1:-1, 1:-1].max() < 1e-12
print(f"without a frame border pixels differ by up to {gap.max():.2f}")

# %% [markdown]
# ## Points leave the grid
#
# Now 4,000 points lie anywhere in a square of side 8, and their feature is
# $\sin x$. The weight is a derivative of a Gaussian, $W(\delta) = \delta_x / s^2 \cdot
# \varphi_s(\delta)$ with $s = 0.4$. It is known what the integral gives: by parts, the
# mean of the derivative under the Gaussian, which is $e^{-s^2 / 2} \cos x$.

# %%
s, count, k = 0.4, 4000, 1000
places = torch.stack([torch.linspace(-2, 2, 41), torch.zeros(41)], -1)[None]
exact = math.exp(-(s**2) / 2) * places[0, :, 0].cos()


def slope(where):
    """Map offsets `(..., 2)` to weights `(..., 1, 1)`."""
    bell = (-where.square().sum(-1) / (2 * s**2)).exp() / (2 * math.pi * s**2)
    return (where[..., 0] / s**2 * bell)[..., None, None]


def convolve(points, known):
    """Sum over the nearest points of each place, each divided by its density."""
    index, _ = nearest_points(points, places, k)
    near = gather_points(known[..., None], index)[..., 0]
    features = gather_points(points[..., :1].sin(), index)
    weights = slope(offsets(points, places, index))
    scale = 1 / (count * near)
    return continuous.point_convolution(features, weights, scale=scale)[0, :, 0]


even = torch.rand(1, count, 2, generator=rng) * 8 - 4
found = convolve(even, torch.full((1, count), 1 / 64))
print(f"largest gap {(found - exact).abs().max():.3f}, result up to {exact.max():.3f}")

# %% [markdown]
# ## Points gather on one side
#
# The density grows to the right, $q(x, y) = (1 + x / 5) / 64$. A sum that takes it for
# even is wrong, and more points do not help. Divided by the true density, or by the
# estimate of [Eq. (density)](../../notes/pointconv/), it is right again. The estimate
# does better than the truth: it knows how densely points happen to lie in this cloud,
# and takes out a part of the chance. Twenty clouds each.

# %%
gaps, results = torch.zeros(3, 20), {}
for draw in range(20):
    height = torch.rand(1, count, generator=rng)
    x = 5 * ((0.04 + 3.2 * height).sqrt() - 1)  # the inverse of its distribution
    y = torch.rand(1, count, generator=rng) * 8 - 4
    biased = torch.stack([x, y], -1)
    densities = {
        "taken for even": torch.full((1, count), 1 / 64),
        "true density": (1 + x / 5) / 64,
        "estimated density": density.kernel_density(biased, 0.3),
    }
    for row, (name, known) in enumerate(densities.items()):
        results[name] = convolve(biased, known)
        gaps[row, draw] = (results[name] - exact).square().mean().sqrt()
for name, gap in zip(("even", "true", "estimated"), gaps, strict=True):
    record(f"pointconv/lab-gap-{name}", gap.mean(), error=gap.std() / 20**0.5)
assert gaps[1:].mean(1).max() < gaps[0].mean()

# %% [markdown]
# One of the clouds: the line is the exact result, and the estimates scatter around it
# or leave it.

# %%
fig, ax = plt.subplots(figsize=(5.5, 2.8), layout="constrained")
ax.plot(places[0, :, 0], exact, "k-", label="exact")
for (name, found), style in zip(results.items(), ("C3x", "C0.", "C1+"), strict=True):
    ax.plot(places[0, :, 0], found, style, label=name)
ax.set(xlabel="x", ylabel="smoothed derivative of the sine")
ax.legend(fontsize="small")
fig.set_label("A cosine; two kinds of marks lie near it, crosses leave it.")
plt.show()

# %% [markdown]
# ## The function is learned
#
# A network of two coordinates takes the place of the formula. It sees waves
# $\sin(a \cdot \delta + b)$ at random offsets in a disk, and should give their smoothed
# derivative at the middle, $a_x e^{-s^2 |a|^2 / 2} \cos b$. Nobody tells it the
# weights. Its last layer is linear, so the efficient form does the sums.

# %%
network = Pointwise([2, 32, 32], norm=None)
last = torch.zeros(32, 1, 1, requires_grad=True)
for part in network.parameters():
    torch.nn.init.normal_(part, std=part.shape[-1] ** -0.5, generator=rng)
optimizer = torch.optim.Adam([*network.parameters(), last], lr=5e-3)
radius, area = 1.6, math.pi * 1.6**2
for _ in range(600):
    draws = torch.rand(2, 64, 256, generator=rng)
    disk = torch.polar(radius * draws[0].sqrt(), 2 * math.pi * draws[1])
    where = torch.view_as_real(disk)
    a = 3 * torch.randn(64, 1, 2, generator=rng)
    b = 2 * math.pi * torch.rand(64, 1, generator=rng)
    waves = ((a * where).sum(-1) + b).sin()[..., None]
    target = a[..., 0] * (-(s**2) * a.square().sum(-1) / 2).exp() * b.cos()
    found = efficient.efficient_convolution(waves, network(where), last) * area / 256
    loss = F.mse_loss(found, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"loss {loss.item():.3f}, variance of the targets {target.var().item():.3f}")

# %% [markdown]
# Blue is negative and red positive: what the formula says, and what the network made of
# flat pieces.

# %%
line = torch.linspace(-1.4, 1.4, 71)
grid = torch.cartesian_prod(line, line).flip(-1)
with torch.no_grad():
    learned = efficient.factorized_kernel(network(grid), last).view(71, 71)
truth = slope(grid).view(71, 71)
fig, axes = plt.subplots(1, 2, figsize=(5.5, 2.7), layout="constrained", sharey=True)
pictures = {"formula": truth, "network": learned}
for ax, (title, picture) in zip(axes, pictures.items(), strict=True):
    sides = {"extent": (-1.4, 1.4, -1.4, 1.4), "origin": "lower", "cmap": "RdBu_r"}
    ax.imshow(picture, vmin=-1.5, vmax=1.5, **sides)
    ax.set(title=title, xlabel="offset in x")
    ax.grid(visible=False)
axes[0].set(ylabel="offset in y")
fig.set_label("Two maps, each with a negative spot beside a positive one.")
plt.show()
within = grid.norm(dim=-1).view(71, 71) < 1.4
likeness = torch.corrcoef(torch.stack([truth[within], learned[within]]))[0, 1].item()
assert likeness > 0.8
print(f"correlation of the two maps: {likeness:.2f}")

# %% [markdown]
# ## The layer, tensor by tensor
#
# `neighborhood` finds neighbors and densities. The encoded neighbors and the hidden
# values are multiplied, `(C, K)` by `(K, M)`, for each place; one linear map ends it.
# The kernels of [Eq. (point-conv)](../../notes/pointconv/), written out, give the same.

# %%
cloud = torch.randn(2, 500, 3, generator=rng)
around = neighborhood(cloud, cloud[:, :100], 16, bandwidth=0.3)
layer = PointConv(0, (24,), 40, middle=8, inverse=density.normalized_inverse, norm=None)
encoded, hidden, matrices = layer.factors(None, around)
sums = encoded.mT @ hidden
print(encoded.shape, hidden.shape, sums.shape)
total = torch.einsum("bnce,eco->bno", sums, matrices)
assert torch.allclose((total + layer.bias).relu(), layer(None, around), atol=1e-5)
kernels = efficient.factorized_kernel(hidden, matrices)
assert torch.allclose(continuous.point_convolution(encoded, kernels), total, atol=1e-5)
print("kernels", tuple(kernels.shape), "numbers:", kernels.numel(), "not", sums.numel())

# %% [markdown]
# ## Exercise 1
#
# The image is transposed. By which function must the tent be replaced, so that the
# result is transposed, too?
#
# <details><summary>Solution</summary>
#
# Rows and columns of the offset change places: $W'(\delta) = W(\delta_2, \delta_1)$.
# Nothing else knows about axes.
#
# </details>

# %%
found = continuous.grid_convolution(images.mT, lambda x: tent(x.flip(-1))[..., None])
assert torch.allclose(found, wanted.mT, atol=1e-12)

# %% [markdown]
# ## Exercise 2
#
# Every point of the even cloud is doubled. What happens to the sum, if the density is
# still taken for 1 / 64, and what if it is estimated?
#
# <details><summary>Solution</summary>
#
# In both cases nothing, if $N$ is counted anew and twice as many neighbors are taken: a
# density integrates to 1, doubled or not. It is the sum itself, without a division by
# $N$, that would double.
#
# </details>

# %%
double = even.repeat(1, 2, 1)
estimate = density.kernel_density(double, 0.3)
assert torch.allclose(estimate[:, :count], density.kernel_density(even, 0.3), rtol=1e-4)

# %% [markdown]
# ## Exercise 3
#
# What does the learned function say beyond the disk, where it was never asked?
#
# <details><summary>Solution</summary>
#
# Whatever its flat pieces go on to say: nothing held it to 0 there. A place whose
# neighbors lie farther away than those of training is given weights that nobody chose.
#
# </details>

# %%
with torch.no_grad():
    far = network(torch.tensor([[0.0, 2.0], [3.0, 3.0]]))
efficient.factorized_kernel(far, last.detach()).flatten()
