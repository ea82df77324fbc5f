r"""
# Temperature moves samples, not winners

Cooling presses relaxed samples into the corners; each corner keeps its share of them.

Lowering the temperature in [Eq. (gumbel-softmax)](../../notes/gumbel_softmax.md)
moves every sample towards a corner of the simplex, but never across a border: the
largest entry stays the largest.
"""

import math

import matplotlib.pyplot as plt
import torch
from scipy import stats

from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
logits = torch.tensor([1.0, 0.0, -0.5], dtype=torch.float64)
temperatures = [5.0, 1.0, 0.2]
noise = sample_gumbel(logits.expand(100_000, -1), generator=generator)
samples = {t: gumbel_softmax(logits, t, noise=noise) for t in temperatures}  # (S, 3)

# %%
# ## See them move
#
# Each dot is a sample, a mixture of the three corners; its color says which weight is
# the largest. The line is the path of the plain softmax without noise, from 100 times
# hotter to its present temperature: it only ever reaches one corner.

corners = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(3) / 2]]).double()
fig, axes = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained")
for ax, t in zip(axes, temperatures, strict=True):
    dots = samples[t][:1500]
    colors = [f"C{i}" for i in dots.argmax(-1).tolist()]
    ax.scatter(*(dots @ corners).T, c=colors, s=3, alpha=0.6, rasterized=True)
    ax.plot(*corners[[0, 1, 2, 0]].T, color="0.5", linewidth=1)
    heat = t * torch.logspace(2, 0, 100, dtype=torch.float64).unsqueeze(-1)
    ax.plot(*((logits / heat).softmax(-1) @ corners).T, color="C3", linewidth=2)
    ax.set(title=f"temperature {t:g}", aspect="equal")
    ax.axis("off")
fig.set_label(
    "Samples in a triangle at three temperatures: a cloud around the center at 5, "
    "spread over the triangle at 1, in the corners at 0.2, with equal numbers of dots "
    "of each color. A line runs from the center towards one corner."
)
plt.show()

# %%
# ## Count the winners
#
# All temperatures round to the same winners, because the noise is the same: none
# changes. At temperature 0.001 nearly everything is one-hot: the plain softmax has
# picked one category for good, the samples reach every corner, also the last one.

probs = logits.softmax(-1)
winners = (logits + noise).argmax(-1)
changed = sum((relaxed.argmax(-1) != winners).sum() for relaxed in samples.values())
record("gumbel_softmax/winners-changed", changed, exact=True)
test = stats.chisquare(winners.bincount(), probs * len(noise))
print(f"chi-square p-value of the winners {test.pvalue:.3f}")
plain = (logits / 0.001).softmax(-1)
relaxed = gumbel_softmax(logits, 0.001, noise=noise)
record("gumbel_softmax/corners-softmax", (plain > 0.99).sum(), exact=True)
share = (relaxed[:, 2] > 0.99).double().mean()
error = (share * (1 - share) / len(noise)).sqrt()
record("gumbel_softmax/least-likely-corner", share, error=error)
record("gumbel_softmax/least-likely-probability", probs[2], exact=True)
