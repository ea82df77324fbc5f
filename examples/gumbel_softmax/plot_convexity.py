r"""
# Below 1 / (K - 1) the density bends upwards everywhere

Midpoint tests find the temperature up to which the log-density is convex.

The note proves that the logarithm of [Eq. (density)](../../notes/gumbel_softmax.md) is
convex for temperatures up to $1 / (K - 1)$ and for no others, whatever the logits.
"""

import math
from fractions import Fraction
from itertools import product

import matplotlib.pyplot as plt
import torch

from dlnotes.gumbel_softmax.density import relaxed_log_prob
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
pairs = 50_000
temperatures = [t / 20 for t in range(1, 31)]

# %%
# ## Count midpoints above their chord
#
# A function is convex if its value at a midpoint is never above the mean of its values
# at the ends. The pairs of ends are uniform on the simplex.

broken = {}
for k in (2, 3, 4):
    logits = torch.linspace(1, -1, k, dtype=torch.float64)
    times = torch.empty(2, pairs, k, dtype=torch.float64)
    times.exponential_(generator=generator)
    ends = times / times.sum(-1, keepdim=True)
    for t in temperatures:
        chord = relaxed_log_prob(ends, logits, t).mean(0)
        middle = relaxed_log_prob(ends.mean(0), logits, t)
        broken[k, t] = (middle > chord + 1e-9).sum().item()

# %%
# ## See the thresholds
#
# The counts are 0 up to the dotted lines at $1 / (K - 1)$. For four categories the
# first failures hide close to the faces, where few random pairs fall.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for i, k in enumerate((2, 3, 4)):
    shares = [broken[k, t] / pairs for t in temperatures]
    ax.plot(temperatures, shares, color=f"C{i}", label=f"K={k}")
    ax.axvline(1 / (k - 1), color=f"C{i}", linestyle=":")
ax.set(title="Midpoints above their chord", xlabel="temperature", ylabel="share")
ax.legend()
fig.set_label(
    "Share of midpoints that violate convexity against temperature for 2, 3 and 4 "
    "categories: zero up to a dotted line at 1, 1/2 and 1/3, then rising."
)
plt.show()

below = [count for (k, t), count in broken.items() if t <= 1 / (k - 1)]
print(f"{len(below) * pairs} midpoints at or below the threshold")
above = broken[3, 0.7] / pairs
error, name = (above * (1 - above) / pairs) ** 0.5, "gumbel_softmax/midpoint-violations"
record(f"{name}-below", sum(below), exact=True)
record(f"{name}-above", 100 * above, error=100 * error, unit="%")

# %%
# ## At the threshold itself, in fractions
#
# There the curvature is a quadratic form with the matrix $D + \tau w w^\top$, where the
# diagonal $D$ has entries $1 - (1 + \tau) w_k$. All weights $w$ in twelfths are tried.

negative = 0
for k in (2, 3, 4):
    t = Fraction(1, k - 1)
    for w in (row for row in product(range(13), repeat=k) if sum(row) == 12):
        d = [1 - (1 + t) * Fraction(one, 12) for one in w]
        rank_one = sum(w[i] ** 2 * math.prod(d[:i] + d[i + 1 :]) for i in range(k))
        negative += math.prod(d) + t * rank_one / 144 < 0
record("gumbel_softmax/negative-determinants", negative, exact=True)
