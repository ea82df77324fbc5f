r"""
# A learned control variate beats both of its parents

Where pathwise and score function are equally noisy, LAX learns to be better.

[Eq. (lax)](../../notes/reparameterization.md) is the score-function estimator if its
control variate is constant, and the pathwise one if it is $f$. A small network, trained
to lower [Eq. (second-moment)](../../notes/reparameterization.md), beats either.
"""

import math

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.distributions import Normal

from dlnotes.ledger import record
from dlnotes.reparameterization.control_variates import lax_gradient, second_moment
from dlnotes.reparameterization.pathwise import location_scale, pathwise_gradient
from dlnotes.reparameterization.score_function import score_function_gradient
from dlnotes.reparameterization.variances import variance_and_error

normal = loc, scale = tuple(torch.tensor([0.3, 1.0]))
f = lambda z: (1.1 * z).sin()  # noqa: E731

# %%
# ## Train control variates, with 32 smooth hidden units, from five seeds

noise = torch.randn(200_000, generator=torch.Generator().manual_seed(100))
history, learned = [], []
for seed in range(5):
    rng = torch.Generator().manual_seed(seed)
    network = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.5, generator=rng)
    control = lambda z, net=network: net(z.unsqueeze(-1)).squeeze(-1)  # noqa: E731
    adam = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(600):
        batch = torch.randn(256, generator=rng)
        by_loc, _ = lax_gradient(f, control, loc, scale, noise=batch)
        adam.zero_grad()
        second_moment(by_loc).backward()
        adam.step()
        history.append(by_loc.detach().var())
    by_loc, _ = lax_gradient(f, control, loc, scale, noise=noise)
    learned.append(by_loc.detach().var())
    print(f"LAX: mean {by_loc.mean():.4f}")

# %%
# ## Compare on fresh samples. The error of LAX is that over five trainings

print(f"exact mean {1.1 * math.exp(-(1.1**2) / 2) * math.cos(1.1 * 0.3):.4f}")
z = location_scale(noise, loc, scale)
rows = {
    "score-function": score_function_gradient(f, Normal, normal, z)[0],
    "pathwise": pathwise_gradient(f, location_scale, normal, noise=noise)[0],
}
for name, by_loc in rows.items():
    value, error = variance_and_error(by_loc)
    record(f"reparameterization/lax-compared-{name}", value, error=error)
mean, error = torch.tensor(learned).mean(), torch.tensor(learned).std() / 5**0.5
record("reparameterization/lax-compared-lax", mean, error=error)

# %%
# Thin lines are five trainings. Look where they fall below both levels.

fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
fig.set_label(
    "Variance of LAX in five trainings of 600 steps, logarithmic: all start high and "
    "fall far below the score-function and pathwise levels, which are about equal."
)
lines = ax.plot(torch.stack(history).view(5, 600).T, "C0", lw=0.7)
lines[0].set_label("LAX, each batch")
ax.axhline(rows["score-function"].var(), color="C1", ls="--", label="score function")
ax.axhline(rows["pathwise"].var(), color="C2", ls=":", label="pathwise")
ax.set(yscale="log", ylim=(1e-4, 60), xlabel="step", ylabel="variance of one draw")
ax.set_title(r"$f(z) = \sin\,1.1 z$, gradient in $\mu$")
ax.legend(loc="upper right")
plt.show()
