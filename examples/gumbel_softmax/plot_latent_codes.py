r"""
# A few of eight latent variables carry the digits

What each variable of a discrete VAE is used for, and what random codes decode to.

The model of [the comparison](plot_discrete_vae.md), trained once with relaxed codes.
"""

import math

import matplotlib.pyplot as plt
import torch
from einops import rearrange
from torch.nn.functional import one_hot, pad

from dlnotes.blocks.training import train
from dlnotes.gumbel_softmax import vae
from dlnotes.gumbel_softmax.relaxation import anneal, log_gumbel_softmax
from dlnotes.ledger import record
from dlnotes.toy.digits import load_digits

g = torch.Generator().manual_seed(0)
digits = (load_digits()[0] > 0.5).float()
seen, unseen = digits[:1500], digits[1500:]
model = vae.CategoricalVAE(pixels=64, latents=8, categories=8, hidden=128, generator=g)
cooled = [anneal(t, rate=0.998) for t in range(1000)]
train(
    model,
    seen,
    lambda m, x, t: vae.relaxed_loss(m, x, cooled[t], samples=2, generator=g),
    **{"steps": 1000, "learning_rate": 5e-3, "generator": g},
)

# %%
# ## Which variables are used
#
# A variable that says nothing about the image has a divergence of 0, one that says all
# it can $\log 8$ nats, the dashed line. The relaxed variables of the same encoder are
# much further from their prior, [Eq. (relaxed-kl)](../../notes/gumbel_softmax.md).

logits = model.encode(unseen).detach()  # (B, M, K)
kl = vae.categorical_kl(logits)  # (B, M)
use = kl.mean(0)
fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
ax.bar(range(8), use.sort(descending=True).values.numpy())
ax.axhline(math.log(8), color="0.5", linestyle="--")
ax.set(title="Divergence from uniform", ylabel="nats", xlabel="variable")
fig.set_label("Divergence of eight latent variables, sorted, falling to nearly none.")
plt.show()
logs = log_gumbel_softmax(logits, 1.0, generator=g)
relaxed = vae.relaxed_kl_estimate(logs, logits, 1.0).sum(-1)  # (B,)
for name, nats in (("vae-kl", kl.sum(-1)), ("vae-kl-relaxed", relaxed)):
    error = nats.std() / len(unseen) ** 0.5  # over the unseen digits
    record(f"gumbel_softmax/{name}", nats.mean(), error=error, unit="nats")

# %%
# ## Turn one variable, and draw codes
#
# First, each row starts from the likeliest code of the digit in its first column; its
# most used variable then takes all 8 values. Second, codes drawn from the prior.

with torch.no_grad():
    start = one_hot(logits[:6].argmax(-1), 8).float()
    turned = start.unsqueeze(1).repeat(1, 8, 1, 1)  # (6, K, M, K)
    turned[:, :, use.argmax()] = torch.eye(8)
    left = torch.cat([unseen[:6].unsqueeze(1), model.decode(turned).sigmoid()], dim=1)
    prior = vae.sample_codes(torch.zeros(6, 9, 8, 8), 1, generator=g)[0]
    right = model.decode(prior).sigmoid()  # (6, 9, 64)
fig, axes = plt.subplots(1, 2, figsize=(7, 2.9), layout="constrained")
titles = ["digit, then 8 values", "random one-hot codes"]
for ax, title, images in zip(axes, titles, (left, right), strict=True):
    tiles = rearrange(images, "r c (h w) -> r c h w", h=8)
    tiles = rearrange(pad(tiles, (1, 1, 1, 1), value=0.4), "r c h w -> (r h) (c w)")
    ax.imshow(tiles.numpy(), cmap="gray")
    ax.set(title=title, xticks=[], yticks=[])
fig.set_label(
    "First: six digits, each followed by eight decoded codes. Second: random codes "
    "decoded to images, many of them like digits."
)
plt.show()
