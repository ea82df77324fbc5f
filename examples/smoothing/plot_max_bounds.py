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
ax.legend(fontsize=8)
fig.set_label(
    "Error against sharpness on log scales: ten equal values lie on the bound with "
    "slope -1, two equal ones on a parallel line, one leader drops off steeply."
)
plt.show()

# %%
# ## Slope, lead and curvature
#
# The slope should be -1. The error of a single leader is $\log(1 + 9 e^{-100}) / 1000$.
# The largest eigenvalue of [Eq. (smooth-max-hessian)](../../notes/smoothing.md) for a
# pair of equal leaders should be half the sharpness. A Huber knee, as close to the
# maximum of two, should have the curvature $1 / (4 \log 2)$.

equal = torch.stack([smooth_max_gap(rows["ten equal values"], k) for k in (1.0, 100.0)])
record("smoothing/tie-slope", (equal[1] / equal[0]).log10() / 2, exact=True)
leader = smooth_max_gap(rows["one of ten 0.1 ahead"], 1000.0)
record("smoothing/leader-gap-power-of-ten", leader.log10(), exact=True)

pair = torch.zeros(2, dtype=torch.float64)
largest = torch.linalg.eigvalsh(smooth_max_hessian(pair, 1.0)).max()
record("smoothing/largest-curvature", largest, exact=True)
knee = 4 * math.log(2)
bend = torch.autograd.functional.hessian(
    lambda x: x.mean() + x.diff().square().sum() / (4 * knee), pair
)
largest = torch.linalg.eigvalsh(bend).max()
record("smoothing/huber-curvature", largest, exact=True)
