# %% [markdown]
# # ViT, tensor by tensor
#
# One photograph is followed through a [vision transformer](../../notes/vit/), from its
# pixels to the scores of six classes. Each cell makes one tensor and says why it has
# its shape. Then the network is trained for seconds, to see where it looks. Three
# exercises follow, with folded solutions.

# %%
import matplotlib.pyplot as plt
import torch
from einops import rearrange
from torch.nn import functional as F

from dlnotes.blocks.attention import attend, attention_weights
from dlnotes.blocks.patches import patchify, unpatchify
from dlnotes.ledger import record
from dlnotes.toy.images import draw_crops, load_photograph, standardize_gray
from dlnotes.vit.looking import attention_maps, rollout
from dlnotes.vit.model import VisionTransformer, at_resolution, initialize
from dlnotes.vit.sizes import layer_multiply_adds

rng = torch.Generator().manual_seed(0)
photograph = load_photograph("astronaut")
photograph.shape

# %% [markdown]
# ## Pixels
#
# Shape `(B, C, H, W)`. A network reads batches, so the photograph becomes a batch of
# one. It is made gray, with mean 0 and variance 1, shrunk, and cut to 48 by 48 pixels.

# %%
gray = F.avg_pool2d(standardize_gray(photograph), 4)
pixels = gray[None, :, 0:48, 36:84]
fig, ax = plt.subplots(figsize=(2.5, 2.5), layout="constrained")
ax.imshow(pixels[0, 0], cmap="gray")
ax.set_axis_off()
fig.set_label("A gray portrait of 48 by 48 pixels.")
plt.show()
pixels.shape

# %% [markdown]
# ## Patches
#
# Shape `(B, N, P * P * C)`. Squares of 8 by 8 pixels, six to a row: 36 patches of 64
# numbers. Row 7 is the second patch of the second row.

# %%
patches = patchify(pixels, 8)
assert torch.equal(patches[0, 7].view(8, 8), pixels[0, 0, 8:16, 8:16])
assert torch.equal(unpatchify(patches, 8, (6, 6)), pixels)
patches.shape

# %% [markdown]
# ## Tokens
#
# Shape `(B, N + 1, D)`. A network of width 32. The same linear map for each patch, one
# token in front that belongs to no patch, and a code for each of the 37.

# %%
sizes = {"dim": 32, "depth": 3, "heads": 4, "channels": 1, "classes": 6}
model = VisionTransformer(48, 8, **sizes)
initialize(model, generator=rng)
weight = model.embedding.weight.flatten(1)
embedded = F.linear(patches, weight, model.embedding.bias)
first = model.class_token.expand(1, 1, 32)
tokens = torch.cat([first, embedded], dim=1) + model.positions
assert torch.allclose(tokens, model.tokens(pixels), atol=1e-5)
tokens.shape

# %% [markdown]
# Only because the photograph is gray could the kernel be flattened as it is. With three
# channels it would have to be sorted first: exercise 1.
#
# ## Queries, keys and values
#
# Shape `(B, h, N, d)`. The first layer normalizes the tokens: each has mean 0 and
# variance 1 over its 32 entries. Three linear maps follow, and the 32 entries are cut
# into four heads of 8.

# %%
layer = model.encoder.layers[0]
normed = layer.norm1(tokens)
assert normed.mean(-1).abs().max() < 1e-5
query, key, value = (
    rearrange(part(normed), "b n (h d) -> b h n d", h=4)
    for part in (layer.attention.query, layer.attention.key, layer.attention.value)
)
query.shape

# %% [markdown]
# ## Weights of attention
#
# Shape `(B, h, N, N)`. One number for each two tokens, in each head: the product of
# query and key over $\sqrt 8$, through a softmax. A row sums to 1, so its mean is 1 /
# 37.

# %%
weights = attention_weights(query, key)
by_hand = (query @ key.mT / 8**0.5).softmax(-1)
assert torch.allclose(weights, by_hand, atol=1e-6)
assert torch.allclose(weights.sum(-1), torch.ones(1, 4, 37), atol=1e-5)
print(f"smallest {weights.min():.4f}, even {1 / 37:.4f}, largest {weights.max():.4f}")
weights.shape

# %% [markdown]
# ## Back to tokens
#
# Shape `(B, N, D)`. Each head averages its values; side by side the four results have
# 32 entries again. A last map mixes the heads, and the result is added to the tokens.
# The feed-forward network does likewise, for each token alone, through 128 entries.

# %%
mixed = rearrange(attend(query, key, value), "b h n d -> b n (h d)")
between = tokens + layer.attention.output(mixed)
inner = F.gelu(layer.feed_forward.expand(layer.norm2(between)))
after = between + layer.feed_forward.reduce(inner)
gap = (after - layer(tokens)).abs().max().item()
assert gap < 1e-4
print("inside of the feed-forward network:", tuple(inner.shape))
after.shape

# %% [markdown]
# ## Scores
#
# Shape `(B, K)`. Two more layers, a last normalization, and one linear map of token 0.
# The gap between these steps and the model's own output is rounding.

# %%
z = after
for layer in model.encoder.layers[1:]:
    z = layer(z)
logits = model.head(model.encoder.norm(z)[:, 0])
gap = (logits - model(pixels)).abs().max().item()
assert gap < 1e-4
print(f"largest difference: {gap:.1e}")
logits.shape

# %% [markdown]
# ## A task that takes seconds
#
# Which of six photographs is a crop from? The left halves are to learn from, the right
# halves to test on.

# %%
names = ["astronaut", "brick", "coins", "grass", "gravel", "moon"]
sources = [F.avg_pool2d(standardize_gray(load_photograph(name)), 2) for name in names]
halves = [source.tensor_split(2, dim=-1) for source in sources]
labels = torch.arange(48) % 6  # crops come from the photographs in turn
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for _ in range(200):
    crops = draw_crops([half[0] for half in halves], 48, 48, generator=rng)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(crops), labels)
    loss.backward()
    optimizer.step()
unseen = draw_crops([half[1] for half in halves], 600, 48, generator=rng)
with torch.no_grad():
    hit = model(unseen).argmax(-1) == torch.arange(600) % 6
share = hit.float().mean().item()
record("vit/lab-accuracy", share, error=(share * (1 - share) / 600) ** 0.5)
assert share > 0.5  # chance: one in six

# %% [markdown]
# ## Where the class token looks
#
# Row 0 of the weights, without its first entry, laid out as a 6 by 6 image: for each
# layer the mean over the heads, then all layers together by [Eq.
# (rollout)](../../notes/vit/). Bright patches count more.

# %%
with torch.no_grad():
    maps = attention_maps(model, pixels)
rolled = rollout(maps)
assert torch.allclose(rolled.sum(-1), torch.ones(1, 37), atol=1e-5)
shown = [each[0].mean(0)[0, 1:].view(6, 6) for each in maps]
shown.append(rolled[0, 0, 1:].view(6, 6))
fig, axes = plt.subplots(1, 5, figsize=(8, 2), layout="constrained")
axes[0].imshow(pixels[0, 0], cmap="gray")
for ax, image in zip(axes[1:], shown, strict=True):
    ax.imshow(image, cmap="viridis")
titles = ["pixels", "layer 1", "layer 2", "layer 3", "rollout"]
for ax, title in zip(axes, titles, strict=True):
    ax.set(title=title, xticks=[], yticks=[])
    ax.grid(visible=False)
fig.set_label("The portrait, and beside it four maps of six by six patches.")
plt.show()

# %% [markdown]
# ## Exercise 1
#
# A checkpoint stores the patch embedding of a colored image as a kernel `(D, C, P, P)`.
# What has to be done before `patchify` and a linear map can use it, and what happens if
# it is forgotten?
#
# <details><summary>Solution</summary>
#
# `patchify` lets the channel run fastest, the kernel lets the column run fastest. So
# the kernel is sorted, `"d c p q -> d (p q c)"`. Forgotten, the shapes still fit, and
# the tokens are wrong without any message.
#
# </details>

# %%
color = torch.randn(1, 3, 8, 8, generator=rng, dtype=torch.float64)
kernel = torch.randn(5, 3, 4, 4, generator=rng, dtype=torch.float64)
wanted = rearrange(F.conv2d(color, kernel, stride=4), "b d h w -> b (h w) d")
sorted_ = patchify(color, 4) @ rearrange(kernel, "d c p q -> (p q c) d")
forgotten = patchify(color, 4) @ kernel.flatten(1).T
assert torch.allclose(sorted_, wanted)
assert forgotten.shape == wanted.shape
(forgotten - wanted).abs().max().item()

# %% [markdown]
# ## Exercise 2
#
# The side of a patch is halved. By which factor does the cost of a layer grow, at width
# 768 and 196 patches before? And if $N$ were very large?
#
# <details><summary>Solution</summary>
#
# There are four times as many patches. The part $12 N D^2$ grows fourfold, the part
# $2 N^2 D$ sixteenfold. At these sizes the first part is the larger one, so the factor
# is a little above 4; for very large $N$ it tends to 16.
#
# </details>

# %%
factors = [
    layer_multiply_adds(4 * n, 768) / layer_multiply_adds(n, 768) for n in (196, 10**7)
]
assert 4 < factors[0] < 5
assert 15.9 < factors[1] < 16
factors

# %% [markdown]
# ## Exercise 3
#
# The network was trained for 48 pixels. Let it read 64, without training.
#
# <details><summary>Solution</summary>
#
# Only the codes depend on the number of patches. `at_resolution` interpolates the 36
# codes of patches to 64 and keeps that of the class token. The accuracy on crops of the
# new size stays far above chance.
#
# </details>

# %%
larger = at_resolution(model, 64)
unseen = draw_crops([half[1] for half in halves], 300, 64, generator=rng)
with torch.no_grad():
    hit = larger(unseen).argmax(-1) == torch.arange(300) % 6
share = hit.float().mean().item()
record("vit/lab-accuracy-larger", share, error=(share * (1 - share) / 300) ** 0.5)
assert share > 0.5
larger.positions.shape
