r"""
# The height of the maximum tells nothing about the winner

Whoever wins, the largest perturbed logit has one and the same Gumbel distribution.

One would expect an outsider to need a higher maximum than a favorite in order to win.
By [Eq. (max-and-argmax)](../../notes/gumbel_softmax.md) this is not so: maximum and
argmax are independent.
"""

import matplotlib.pyplot as plt
import torch
from scipy import stats

from dlnotes.gumbel_softmax.gumbel import gumbel_cdf, gumbel_log_prob, sample_gumbel
from dlnotes.gumbel_softmax.maximum import expected_max
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(1)
draws = 1_000_000
logits = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64).log()
noise = sample_gumbel(logits.expand(draws, -1), generator=generator)  # (S, K)
top, winner = (logits + noise).max(-1)

# %%
# ## One curve for four winners
#
# Look for four histograms on one curve, although the last category wins ten times less
# often than the first.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for i in range(4):
    heights = top[winner == i].numpy()
    ax.hist(heights, 100, density=True, histtype="step", label=f"{i}")
x = torch.linspace(-3, 7, 200, dtype=torch.float64)
ax.plot(x, gumbel_log_prob(x).exp(), "--", color="0.5", label="Gumbel density")
ax.set(title="Height of the maximum", xlabel="largest perturbed logit")
ax.set(ylabel="density", xlim=(-3, 7))
ax.legend(title="winner")
fig.set_label(
    "Four histograms of the maximum, one for each winner, lie on the same Gumbel curve."
)
plt.show()

# %%
# ## Test independence and mean
#
# The chi-square test compares how often each category wins within each quarter of the
# heights; a large $p$-value means that chance explains the differences. The mean height
# should be that of [Eq. (expected-max)](../../notes/gumbel_softmax.md), whoever wins.

quarter = (gumbel_cdf(top) * 4).long().clamp(max=3)
table = (4 * quarter + winner).bincount(minlength=16).reshape(4, 4)
print("winners by quarter of the heights", *table.tolist(), sep="\n")
print(f"chi-square p-value {stats.chi2_contingency(table).pvalue:.3f}")
first, last = top[winner == 0], top[winner == 3]
error = (first.var() / len(first) + last.var() / len(last)).sqrt()
record("gumbel_softmax/outsider-height", last.mean() - first.mean(), error=error)
record("gumbel_softmax/max-mean", top.mean(), error=top.std() / draws**0.5)
record("gumbel_softmax/max-mean-formula", expected_max(logits), exact=True)
