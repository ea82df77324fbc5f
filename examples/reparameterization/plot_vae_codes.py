r"""
# Neighboring codes decode to similar digits

A plane of two latent variables, read out point by point after training.

The bound of [Eq. (gaussian-elbo)](../../notes/reparameterization.md) holds the codes
near a standard normal, so that a grid over its plane meets all kinds of digits, and the
noise in [Eq. (location-scale)](../../notes/reparameterization.md) forces the decoder
to be smooth.
"""

import matplotlib.pyplot as plt
import torch
from einops import rearrange
from torch import nn
from torch.distributions import Normal

from dlnotes.blocks.training import minibatches
from dlnotes.reparameterization.vae import GaussianVAE, gaussian_elbo
from dlnotes.toy.digits import load_digits

images, labels = load_digits()
binary = (images > 0.5).float()  # (1797, 64)
rng = torch.Generator().manual_seed(0)

# %%
# ## Train
#
# All 1797 digits, two latent variables, the pathwise gradient.

model = GaussianVAE(pixels=64, hidden=128, latents=2, generator=rng)
adam = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(60):
    for x in minibatches(binary, 100, generator=rng):
        noise = torch.randn(1, len(x), 2, generator=rng)
        loss = -gaussian_elbo(model, x, noise=noise).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    if epoch in (0, 9, 59):
        print(f"epoch {epoch + 1:3}: bound {-loss.item():.1f} nats in the last batch")

# %%
# ## Look at the plane from both sides
#
# First, the mean code of each digit, colored by its label, which the model never saw.
# Second, what a grid of codes decodes to, laid out in the same way: look for the same
# digits in the same places.

with torch.no_grad():
    codes, _ = model.encode(binary)
    steps = Normal(0.0, 1.0).icdf(torch.linspace(0.03, 0.97, 10))
    down, across = torch.meshgrid(steps.flip(0), steps, indexing="ij")
    pixels = model.decode(torch.stack([across, down], dim=-1)).sigmoid()  # (10, 10, 64)
tiles = rearrange(pixels, "r c (h w) -> r c h w", h=8)
tiles = nn.functional.pad(tiles, (1, 1, 1, 1), value=0.5)  # a frame around each

fig, axes = plt.subplots(1, 2, figsize=(7, 4), layout="constrained")
fig.set_label(
    f"First: codes of {len(codes)} digits in the plane, colored by label, in "
    "overlapping clusters. Second: a 10 by 10 grid of images decoded from the same "
    "plane, whose shapes pass smoothly into each other."
)
points = axes[0].scatter(*codes.T, c=labels, s=4, cmap="viridis", rasterized=True)
axes[0].set(xlim=(-3, 3), ylim=(-3, 3), xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
axes[0].set_title("codes, by label")
fig.colorbar(points, ax=axes[0], ticks=range(10), shrink=0.8)
sheet = rearrange(tiles, "r c h w -> (r h) (c w)")
axes[1].imshow(sheet, cmap="gray", vmin=0, vmax=1, interpolation="none")
axes[1].set(xticks=[], yticks=[], title="decoded grid")
plt.show()
