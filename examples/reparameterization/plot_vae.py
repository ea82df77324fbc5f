r"""
# The path is worth more with sixteen latent variables

An autoencoder of real digits, its encoder trained by either of the two gradients.

The bound of [Eq. (gaussian-elbo)](../../notes/reparameterization.md) is trained from
equal initial weights, on equal batches, with equal noise. Only the encoder's gradient
differs: pathwise, or by
[Eq. (score-function-elbo)](../../notes/reparameterization.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.distributions import Bernoulli

from dlnotes.blocks.training import minibatches
from dlnotes.ledger import record
from dlnotes.reparameterization import vae
from dlnotes.toy.digits import load_digits

binary = (load_digits()[0] > 0.5).float()  # (1797, 64)
shuffled = binary[torch.randperm(1797, generator=torch.Generator().manual_seed(0))]
train, held_out = shuffled[:1500], shuffled[1500:]
bounds = {"pathwise": vae.gaussian_elbo, "score-function": vae.score_function_elbo}
runs = [(m, name, seed) for m in [2, 16] for name in bounds for seed in range(3)]

# %%
# ## Train
#
# With 2 and with 16 latent variables, two samples per image and step. After every
# fourth epoch the bound is measured on 297 held-out digits, 20 samples each.

curves = []
for latents, name, seed in runs:
    rng = torch.Generator().manual_seed(seed)
    model = vae.GaussianVAE(pixels=64, hidden=64, latents=latents, generator=rng)
    adam = torch.optim.Adam(model.parameters(), lr=5e-3)
    for epoch in range(24):
        for x in minibatches(train, 100, generator=rng):
            noise = torch.randn(2, len(x), latents, generator=rng)
            adam.zero_grad()
            (-bounds[name](model, x, noise=noise).mean()).backward()
            adam.step()
        if epoch % 4 == 3:
            noise = torch.randn(20, 297, latents, generator=rng)
            curves.append(vae.gaussian_elbo(model, held_out, noise=noise).mean().item())
curves = torch.tensor(curves).view(2, 2, 3, 6)  # latents, bounds, seeds, epochs

# %%
# ## Compare
#
# Each band spans three runs. Look at the distance between the bands: small with 2
# latent variables, large with 16. Dashed: only the mean of each pixel is known.

pixel = train.mean(0).clamp(1 / 3000, 1 - 1 / 3000)
each = Bernoulli(pixel).log_prob(held_out).sum(-1)  # (297,)
no_code, error = each.mean(), each.std() / 297**0.5
record("reparameterization/elbo-no-code", no_code, error=error, unit="nats")
fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), sharey=True, layout="constrained")
fig.set_label(
    "Held-out bound in nats against epochs, as bands over three runs, with 2 and with "
    "16 latent variables. The pathwise band lies above the score-function band, "
    "slightly with 2 variables and clearly with 16."
)
at = range(4, 28, 4)
for ax, m, panel in zip(axes, [2, 16], curves, strict=True):
    for k, (name, seeds) in enumerate(zip(bounds, panel, strict=True)):
        ax.plot(at, seeds.mean(0), label=name.replace("-", " "))
        ax.fill_between(at, *seeds.aminmax(dim=0), color=f"C{k}", alpha=0.3)
    ax.axhline(no_code, color="0.5", linestyle="--", label="no code")
    ax.set(xlabel="epoch", title=f"{m} latent variables", ylabel="bound (nats)")
    results = {**dict(zip(bounds, panel, strict=True)), "gain": panel[0] - panel[1]}
    for name, seeds in results.items():
        mean, error = seeds[:, -1].mean(), seeds[:, -1].std() / 3**0.5
        record(f"reparameterization/elbo-{name}-{m}", mean, error=error, unit="nats")
axes[0].legend(loc="lower right", bbox_to_anchor=(1, 0.13))
plt.show()
