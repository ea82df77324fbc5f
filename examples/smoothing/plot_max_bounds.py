r"""
# The smooth maximum is slowest where values tie

Its error falls with slope -1 for ties, and exponentially where one value stands out.

The smooth maximum of [Eq. (smooth-max)](../../notes/smoothing.md) is above the maximum
by the gap of [Eq. (smooth-max-gap)](../../notes/smoothing.md), at most
$\log K / \kappa$ for $K$ values and sharpness $\kappa$.
"""

import math

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.smoothing.maximum import smooth_max_gap, smooth_max_hessian

sharpness = torch.logspace(-1, 3, 41).tolist()
rows = {
    "ten equal values": torch.zeros(10).double(),
    "two of ten equal, 0.1 ahead": torch.tensor([0.1] * 2 + [0] * 8).double(),
    "one of ten 0.1 ahead": torch.tensor([0.1] + [0] * 9).double(),
}

# %%
# ## Three rows of ten values
#
# Look for the dashed bound, and for the row that lies on it. The second row changes
# over to a parallel line, at $\log 2$ in the place of $\log 10$. The third one leaves
# all powers behind as soon as $\kappa$ exceeds the inverse of its lead.

fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for label, values in rows.items():
    gap = torch.stack([smooth_max_gap(values, k) for k in sharpness])
    ax.loglog(sharpness, gap, "o" if label[0] == "t" else ".", ms=3, label=label)
bound = [math.log(10) / k for k in sharpness]
ax.loglog(sharpness, bound, "--", color="0.5", label="bound: log 10 / sharpness")
ax.set(title="Error of the smooth maximum", xlabel="sharpness κ", ylabel="error")
ax.set_ylim(1e-8, 100)
ax.legend()
fig.set_label(
    "Error against sharpness on log scales: ten equal values lie on the bound with "
    "slope -1, two equal ones on a parallel line, one leader drops off steeply."
)
plt.show()

# %%
# ## Slope, bound and curvature
#
# The slope should be -1. Over random rows the gap should reach no more than the whole
# of the bound, and the largest eigenvalue of
# [Eq. (smooth-max-hessian)](../../notes/smoothing.md) no more than half the sharpness.

equal = torch.stack([smooth_max_gap(rows["ten equal values"], k) for k in (1.0, 100.0)])
record("smoothing/tie-slope", (equal[1] / equal[0]).log10() / 2)

generator = torch.Generator().manual_seed(0)
scale = 10 ** torch.empty(20_000, 1).uniform_(-3, 3, generator=generator).double()
random = scale * torch.randn(20_000, 5, dtype=torch.float64, generator=generator)
share = smooth_max_gap(random, 1.0) / math.log(5)
print(f"share of the bound, over random rows: {share.min():.3g} to {share.max():.6f}")
record("smoothing/largest-share-of-bound", share.max())
pairs = torch.cat([random, torch.tensor([[0.0, 0, -100, -100, -100]]).double()])
record(
    "smoothing/largest-curvature",
    torch.linalg.eigvalsh(smooth_max_hessian(pairs, 1.0)).max(),
)
leader = smooth_max_gap(rows["one of ten 0.1 ahead"], 1000.0)
record("smoothing/leader-gap-power-of-ten", leader.log10())
