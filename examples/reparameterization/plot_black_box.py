r"""
# The score function needs no derivative and no continuum

A step, a coin and a choice of three have gradients that no derivative of f can give.

[Eq. (score-function)](../../notes/reparameterization.md) only asks for values of $f$
and for the probability of the samples. The exact gradients are known here: a density
for the step, and sums over two and three cases for the others.
"""

import math

import matplotlib.pyplot as plt
import torch
from torch.distributions import Bernoulli, Categorical, Normal

from dlnotes.ledger import record
from dlnotes.reparameterization.pathwise import location_scale
from dlnotes.reparameterization.score_function import score_function_gradient

generator = torch.Generator().manual_seed(1)
draws = 100_000
noise = torch.randn(draws, dtype=torch.float64, generator=generator)

# %%
# ## Three cases
#
# The step tells whether a normal variable exceeds 1. The coin pays 4 or 1. The choice
# pays the square of its number: 0, 1 or 4.

normal = tuple(torch.tensor([1.0, 0.5], dtype=torch.float64))
(step, _) = score_function_gradient(
    lambda z: z > 1, Normal, normal, location_scale(noise, *normal)
)

coin = (torch.tensor(0.3, dtype=torch.float64),)
bits = torch.bernoulli(coin[0].expand(draws), generator=generator)
(flip,) = score_function_gradient(lambda b: (b + 1) ** 2, Bernoulli, coin, bits)

p = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
kinds = torch.multinomial(p, draws, replacement=True, generator=generator)
(choice,) = score_function_gradient(
    lambda k: k**2, lambda a: Categorical(logits=a), (p.log(),), kinds
)

# %%
# ## Compare with the exact gradients
#
# Look for crosses inside the circles. The bars, two standard errors, are mostly smaller
# than the circles.

rows = torch.cat([step[:, None], flip[:, None], choice], dim=1)  # (S, 5)
density = math.sqrt(2 / math.pi)  # of the normal variable, at 1
payoff = torch.tensor([0.0, 1.0, 4.0])
exact = torch.tensor([density, 4.0 - 1.0, *(p * (payoff - p @ payoff.double()))])
error = rows.std(dim=0) / math.sqrt(draws)

fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
fig.set_label(
    "Five estimated derivatives with error bars, and the exact ones: for a step, a "
    "coin and the three logits of a choice. Each estimate lies on its exact value."
)
ax.errorbar(range(5), rows.mean(0), 2 * error, fmt="o", ms=9, mfc="none", label="score")
ax.plot(range(5), exact, "C1x", ms=9, label="exact")
names = [
    "step,\nlocation",
    "coin,\nprobability",
    *(f"choice,\nlogit {i}" for i in "012"),
]
ax.set(xticks=range(5), xticklabels=names, ylabel="derivative", title="No path needed")
ax.legend()
plt.show()

off = rows.mean(dim=0) - exact
for name, k in {"step": 0, "coin": 1, "choice": 4}.items():
    record(f"reparameterization/off-{name}", off[k], error=error[k])
