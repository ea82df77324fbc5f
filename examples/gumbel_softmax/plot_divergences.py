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
# $a \coth(a / 2) - 2$. The temperature of the relaxed samples is 1.

exact, plugged, relaxed = [], [], []
for gap in gaps:
    logits = torch.stack([gap, 0 * gap])
    logs = log_gumbel_softmax(logits.expand(draws, -1), 1.0, generator=generator)
    log_ratio = logits.log_softmax(-1) + math.log(2)
    exact.append(categorical_kl(logits).item())
    plugged.append((logs.exp() * log_ratio).sum(-1).mean().item())
    relaxed.append(relaxed_kl_estimate(logs, logits, 1.0))

# %%
# ## See them part
#
# The exact divergence levels off at $\log 2$: there is no more to say than one of two.
# The relaxed one goes on with slope 1. The plugged-in sample asks for too little.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(gaps, exact, label="categories")
ax.plot(gaps, gaps / (gaps / 2).tanh() - 2, label="relaxed variables")
means = [values.mean() for values in relaxed]
ax.plot(gaps, means, ".", color="C1", label="relaxed variables, measured")
ax.plot(gaps, plugged, label="relaxed sample plugged in")
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
record("gumbel_softmax/kl-categories", exact[-1], unit="nats")
error = last.std() / draws**0.5
record("gumbel_softmax/kl-relaxed", last.mean(), error=error, unit="nats")
at_two = gaps.tolist().index(2)
record("gumbel_softmax/kl-categories-at-2", exact[at_two], unit="nats")
record("gumbel_softmax/kl-plugged-at-2", plugged[at_two], unit="nats")
