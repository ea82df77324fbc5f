r"""
# Cold samples seldom have a slope, but then a steep one

Cooling makes the typical slope vanish; the mean stays and the variance explodes.

For two categories [Eq. (gradient-variance)](../../notes/gumbel_softmax.md) gives mean
and variance of the slope $\partial y / \partial a$.
"""

import math

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import logsigmoid

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
# The dots lie on the line at low temperatures. At high ones the formula is no use.

line = torch.logspace(-1.7, -0.2, 50).tolist()
curve = [binary_gradient_variance(logit, t) for t in line]
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.loglog(line, curve, label="formula")
ax.loglog(temperatures, [slopes[t].var() for t in temperatures], "o", label="measured")
ax.set(title="Variance of the slope", xlabel="temperature", ylabel="variance")
ax.legend()
fig.set_label(
    "Variance of the derivative against temperature on log scales: dots lie on the "
    "formula's line at low temperatures and above it at high ones."
)
plt.show()

square = (slopes[0.1] - slopes[0.1].mean()) ** 2
error = square.std() / draws**0.5
record("gumbel_softmax/binary-variance", square.mean(), error=error)
formula = binary_gradient_variance(logit, 0.1)
record("gumbel_softmax/binary-variance-formula", formula, exact=True)

# %%
# ## Median and mean
#
# At temperature 0.02 half of the samples have next to no slope: they sit in a corner.
# A few in between, with slopes of up to 12.5, keep the mean at $p (1 - p)$. Many slopes
# are too small for a floating-point number, so logarithms are taken. The median $m$ of
# $|a + \ell|$ solves $2 \sinh m = \cosh m + \cosh a$.

print(f"p (1 - p) = {logit.sigmoid() * (-logit).sigmoid():.4f}")
cold, coldest = 0.02, slopes[0.02]
error = coldest.std() / draws**0.5
record("gumbel_softmax/cold-slope-mean", coldest.mean(), error=error)
median = (logit.cosh() + (logit.cosh() ** 2 + 3).sqrt()).log()  # of |a + noise|
ends = torch.stack([median, (logit + noise).abs().median()]) / cold
exact, drawn = (logsigmoid(ends) + logsigmoid(-ends) - math.log(cold)) / math.log(10)
record("gumbel_softmax/cold-slope-median", 10**exact, exact=True)
record("gumbel_softmax/cold-slope-median-power-of-ten", exact, exact=True)
# A median of n numbers is off by 1 / (2 sqrt(n) density). Here the density is that of
# |a + noise|, and a unit of it counts 1 / cold in the logarithm of the slope.
signed = torch.stack([median, -median]) - logit
density = (signed.sigmoid() * (-signed).sigmoid()).sum()
error = 1 / (2 * draws**0.5 * density) / cold / math.log(10)
record("gumbel_softmax/cold-slope-median-drawn", drawn, error=error)
