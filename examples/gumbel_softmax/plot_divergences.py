r"""
# Three divergences that are not the same

A relaxed posterior is further from its prior than its categories, without a limit.

How far is a posterior over categories from a uniform prior? The exact answer is
[Eq. (categorical-kl)](../../notes/gumbel_softmax.md). If the relaxed sample counts as
the latent variable it is the mean of [Eq. (relaxed-kl)](../../notes/gumbel_softmax.md).
And some code puts the relaxed sample in the place of the probabilities.
"""

import math

import matplotlib.pyplot as plt
import torch

from dlnotes.gumbel_softmax.relaxation import log_gumbel_softmax
from dlnotes.gumbel_softmax.vae import categorical_kl, relaxed_kl_estimate
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
draws = 50_000
gaps = torch.linspace(0.25, 6, 24, dtype=torch.float64)

# %%
# ## Two categories, further and further apart
#
# For two categories and a gap $a$ between their logits the relaxed divergence is
# $a \coth(a / 2) - 2$. The temperature of the relaxed samples is 1; there the mean of
# a sample has a closed form too.

exact, closed, plugged, relaxed = [], [], [], []
for gap in gaps:
    logits = torch.stack([gap, 0 * gap])
    logs = log_gumbel_softmax(logits.expand(draws, -1), 1.0, generator=generator)
    log_ratio = logits.log_softmax(-1) + math.log(2)
    exact.append(categorical_kl(logits).item())
    plugged.append((logs.exp() * log_ratio).sum(-1).mean().item())
    odds = gap.exp()
    mean = (odds**2 - odds - odds * gap) / (odds - 1) ** 2  # of the first entry
    closed.append((mean * log_ratio[0] + (1 - mean) * log_ratio[1]).item())
    relaxed.append(relaxed_kl_estimate(logs, logits, 1.0))

# %%
# ## See them part
#
# Lines are exact, dots are means of draws. The divergence of the categories levels off
# at $\log 2$, dashed: there is no more to say than one of two. The relaxed one goes on
# with slope 1. The plugged-in sample asks for too little.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(gaps, exact, label="categories")
ax.plot(gaps, gaps / (gaps / 2).tanh() - 2, label="relaxed variables")
ax.plot(gaps, [values.mean() for values in relaxed], ".", color="C1")
ax.plot(gaps, closed, label="relaxed sample plugged in")
ax.plot(gaps, plugged, ".", color="C2")
ax.axhline(math.log(2), color="0.5", linestyle="--")
ax.set(title="Divergence from the uniform prior", xlabel="gap of the logits")
ax.set_ylabel("nats")
ax.legend()
fig.set_label(
    "Three curves against the gap of two logits: the divergence of the categories "
    "levels off at log 2, that of the relaxed variables rises without end, the "
    "plugged-in sample stays lowest."
)
plt.show()

last = relaxed[-1]
record("gumbel_softmax/kl-categories", exact[-1], exact=True, unit="nats")
formula = gaps[-1] / (gaps[-1] / 2).tanh() - 2
record("gumbel_softmax/kl-relaxed-formula", formula, exact=True, unit="nats")
error = last.std() / draws**0.5
record("gumbel_softmax/kl-relaxed", last.mean(), error=error, unit="nats")
at_two = gaps.tolist().index(2)
record("gumbel_softmax/kl-categories-at-2", exact[at_two], exact=True, unit="nats")
record("gumbel_softmax/kl-plugged-at-2", closed[at_two], exact=True, unit="nats")
