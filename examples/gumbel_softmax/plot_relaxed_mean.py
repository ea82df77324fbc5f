r"""
# Relaxed samples have the wrong mean

The mean of relaxed samples is the probability in the limit, or for a fair coin.

Rounding a sample of [Eq. (relaxed-bernoulli)](../../notes/gumbel_softmax.md) gives 1
with probability $p$ at every temperature. The mean of the sample itself is pulled
towards one half.
"""

import math

import matplotlib.pyplot as plt
import torch

from dlnotes.gumbel_softmax.binary import relaxed_bernoulli, sample_logistic
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
draws = 400_000
noise = sample_logistic(torch.empty(draws, dtype=torch.float64), generator=generator)
temperatures = torch.logspace(-2, 2, 17).tolist()

# %%
# ## Measure the mean
#
# Three coins with different log-odds, the same noise for all. Look for the dotted
# lines, the probabilities, at low temperatures, and for one half at high ones.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for i, log_odds in enumerate((0.4, 1.0, 2.5)):
    logit = torch.tensor(log_odds, dtype=torch.float64)
    means = [relaxed_bernoulli(logit, t, noise=noise).mean() for t in temperatures]
    ax.semilogx(temperatures, means, "o-", color=f"C{i}", label=f"log-odds {log_odds}")
    ax.axhline(logit.sigmoid(), color=f"C{i}", linestyle=":")
ax.set(title="Mean of relaxed coin tosses", xlabel="temperature", ylabel="mean")
ax.legend()
fig.set_label(
    "Mean of relaxed coin tosses against temperature for three coins: at low "
    "temperatures each curve lies on its probability, at high ones all fall to one "
    "half."
)
plt.show()

# %%
# ## One mean in closed form
#
# At temperature 1 and with the odds $s = p / (1 - p)$ the mean is
# $(s^2 - s - s \log s) / (s - 1)^2$.

tosses = relaxed_bernoulli(torch.tensor(0.4).double(), 1.0, noise=noise)
s = math.exp(0.4)
record("gumbel_softmax/coin-probability", s / (1 + s), exact=True)
record("gumbel_softmax/relaxed-mean", tosses.mean(), error=tosses.std() / draws**0.5)
mean = (s**2 - s - s * 0.4) / (s - 1) ** 2
record("gumbel_softmax/relaxed-mean-formula", mean, exact=True)
