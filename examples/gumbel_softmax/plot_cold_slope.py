r"""
# Cold samples seldom have a slope, but then a steep one

Cooling makes the typical slope vanish; the mean stays and the variance explodes.

For two categories [Eq. (gradient-variance)](../../notes/gumbel_softmax.md) gives mean
and variance of the slope $\partial y / \partial a$ at low temperatures.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.gumbel_softmax.binary import (
    binary_gradient_variance,
    relaxed_bernoulli,
    sample_logistic,
)
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
draws = 400_000
logit = torch.tensor(0.4, dtype=torch.float64)
rows = logit.expand(draws).clone().requires_grad_()
noise = sample_logistic(rows, generator=generator)
temperatures = [1.0, 0.5, 0.2, 0.1, 0.05, 0.02]
slopes = {}
for t in temperatures:
    total = relaxed_bernoulli(rows, t, noise=noise).sum()
    (slopes[t],) = torch.autograd.grad(total, rows)

# %%
# ## Variance and formula
#
# Look for dots on the line at low temperatures. At high ones the formula is no use.

line = torch.logspace(-1.7, -0.2, 50).tolist()
formula = [binary_gradient_variance(logit, t) for t in line]
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.loglog(line, formula, label="formula")
ax.loglog(temperatures, [slopes[t].var() for t in temperatures], "o", label="measured")
ax.set(title="Variance of the slope", xlabel="temperature", ylabel="variance")
ax.legend()
fig.set_label(
    "Variance of the derivative against temperature on log scales: dots lie on the "
    "formula's line below temperature 0.2 and above it from 0.5 on."
)
plt.show()

square = (slopes[0.1] - slopes[0.1].mean()) ** 2
error = square.std() / draws**0.5
record("gumbel_softmax/binary-variance", square.mean(), error=error)
record("gumbel_softmax/binary-variance-formula", binary_gradient_variance(logit, 0.1))

# %%
# ## Median and mean
#
# At temperature 0.02 half of the samples have next to no slope: they sit in a corner.
# The few that are caught in between have slopes of up to 12.5 and keep the mean at
# $p (1 - p)$.

print(f"p (1 - p) = {logit.sigmoid() * (-logit).sigmoid():.4f}")
coldest = slopes[0.02]
record("gumbel_softmax/cold-slope-median", coldest.median())
error = coldest.std() / draws**0.5
record("gumbel_softmax/cold-slope-mean", coldest.mean(), error=error)
