r"""
# A learned control variate beats both of its parents

Where pathwise and score function are equally noisy, LAX learns to be better.

[Eq. (lax)](../../notes/reparameterization.md) is the score-function estimator if its
control variate is constant, and the pathwise one if it is $f$. A small network, trained
to lower [Eq. (second-moment)](../../notes/reparameterization.md), finds something
better than either. It only ever sees values of $f$, never its derivative.
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

rng = torch.Generator().manual_seed(0)
normal = loc, scale = tuple(torch.tensor([0.3, 1.0]))
f = lambda z: (1.1 * z).sin()  # noqa: E731

# %%
# ## Train the control variate, with 32 smooth hidden units

network = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
for parameter in network.parameters():
    nn.init.normal_(parameter, std=0.5, generator=rng)
control = lambda z: network(z.unsqueeze(-1)).squeeze(-1)  # noqa: E731
adam = torch.optim.Adam(network.parameters(), lr=1e-2)
history = []
for _ in range(600):
    by_loc, _ = lax_gradient(f, control, loc, scale, torch.randn(256, generator=rng))
    adam.zero_grad()
    second_moment(by_loc).backward()
    adam.step()
    history.append(by_loc.detach().var())

# %%
# ## Compare on fresh samples
#
# The means of all three estimate one derivative. The variances differ.

noise = torch.randn(200_000, generator=rng)
samples = location_scale(noise, loc, scale)
rows = {
    "score-function": score_function_gradient(f, Normal, normal, samples)[0],
    "pathwise": pathwise_gradient(f, location_scale, normal, noise)[0],
    "lax": lax_gradient(f, control, loc, scale, noise)[0].detach(),
}
print(f"exact mean {1.1 * math.exp(-(1.1**2) / 2) * math.cos(1.1 * 0.3):.4f}")
for name, by_loc in rows.items():
    value, error = variance_and_error(by_loc)
    print(f"{name}: mean {by_loc.mean():.4f}")
    record(f"reparameterization/lax-compared-{name}", value, error=error)

# %%
# ## While it learns
#
# Look for the moment at which the learned curve falls below both lines.

fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
fig.set_label(
    "Variance of LAX during 600 training steps, on a logarithmic axis: it starts high "
    "and falls far below the score-function and pathwise levels, which are about equal."
)
ax.plot(history, label="LAX, each batch")
ax.axhline(rows["score-function"].var(), color="C1", ls="--", label="score function")
ax.axhline(rows["pathwise"].var(), color="C2", ls=":", label="pathwise")
ax.set(yscale="log", xlabel="training step", ylabel="variance of one draw")
ax.set_ylim(top=100)  # room for the legend
ax.set_title(r"$f(z) = \sin\,1.1 z$, gradient in $\mu$")
ax.legend()
plt.show()
