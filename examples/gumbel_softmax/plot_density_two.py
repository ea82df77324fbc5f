r"""
# Up to temperature 1 two categories make no hump

Histograms of relaxed samples follow the closed-form density.

For two categories a relaxed sample is one number, the first entry, and
[Eq. (density)](../../notes/gumbel_softmax.md) is a curve.
"""

import matplotlib.pyplot as plt
import torch
from scipy import stats

from dlnotes.gumbel_softmax.density import relaxed_log_prob
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
logits = torch.tensor([0.4, -0.4], dtype=torch.float64)
draws, temperatures = 200_000, (0.5, 1.0, 2.0)
samples = {
    t: gumbel_softmax(logits.expand(draws, -1), t, generator=generator)[:, 0]
    for t in temperatures
}

# %%
# ## Curve and histogram
#
# Look for curves that run through the tops of the histograms. Up to temperature 1 the
# density is convex and highest at the ends, above it has a hump inside.

y = torch.linspace(0.004, 0.996, 249, dtype=torch.float64)
points = torch.stack([y, 1 - y], dim=-1)  # (249, 2)
fig, axes = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained")
for ax, t in zip(axes, temperatures, strict=True):
    ax.hist(samples[t].numpy(), 50, density=True, color="C0", alpha=0.5)
    ax.plot(y, relaxed_log_prob(points, logits, t).exp(), color="C1")
    ax.set(title=f"temperature {t:g}", xlabel="first entry", ylim=(0, 4))
axes[0].set_ylabel("density")
fig.set_label(
    "Histograms of the first of two entries with the density on top, at temperatures "
    "0.5, 1 and 2: U-shaped, rising, and with a hump."
)
plt.show()

# %%
# ## Test it
#
# Cut the range into 40 bins, integrate the density over each by Simpson's rule, and
# compare with the counts. The outermost bins take what is left. A large $p$-value means
# that chance explains the differences.

t = 0.5
ends = torch.linspace(0, 1, 41, dtype=torch.float64)[1:-1]  # 39 inner borders
left, right = ends[:-1], ends[1:]
nodes = torch.stack([left, (left + right) / 2, right])  # (3, 38)
heights = relaxed_log_prob(torch.stack([nodes, 1 - nodes], dim=-1), logits, t).exp()
mass = (torch.tensor([1, 4, 1]).double() @ heights) / 6 * (right - left)
counts = torch.bucketize(samples[t].contiguous(), ends).bincount()[1:-1]
rest = torch.tensor([draws - counts.sum()])
expected = torch.cat([mass, 1 - mass.sum(0, keepdim=True)]) * draws
test = stats.chisquare(torch.cat([counts, rest]), expected)
print(f"chi-square p-value {test.pvalue:.3f}")
share = counts[:19].sum() / draws  # of samples from 1/40 to 1/2
error = (share * (1 - share) / draws).sqrt()
record("gumbel_softmax/lower-half-share", share, error=error)
record("gumbel_softmax/lower-half-mass", mass[:19].sum(), exact=True)
