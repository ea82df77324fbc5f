r"""
# Soft ranks are exact at a finite sharpness

A projection moves ranks linearly, and reaches whole numbers when the gaps are wide.

The ranks of [Eq. (soft-rank)](../../notes/smoothing.md) are a projection onto all
mixtures of the permutations of $1, \dots, K$: piecewise linear, with a slope between
the ranks, and exact once the sharpness is the inverse of the smallest gap.
"""

import matplotlib.pyplot as plt
import torch
from scipy.optimize import isotonic_regression

from dlnotes.ledger import record
from dlnotes.smoothing.isotonic import isotonic_decreasing
from dlnotes.smoothing.permutahedron import soft_rank, soft_sort

values = torch.tensor([2.9, 1.3, 0.8, -0.4, -1.0], dtype=torch.float64)
gap = -values.diff().max().item()  # 0.5, the smallest
sharpness = torch.logspace(-2, 1, 121).tolist()
ranks = torch.stack([soft_rank(values, k) for k in sharpness])

# %%
# ## Ranks against sharpness, and against a moving value
#
# First, all start at the mean rank; look where the last two part, at the dashed line.
# Second, one value moves through the others: hard ranks jump, soft ones walk.

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
left.semilogx(sharpness, ranks)
left.axvline(1 / gap, color="0.5", linestyle="--")
left.set(title="Soft ranks of five values", xlabel="sharpness κ", ylabel="rank")
moving = torch.linspace(-3, 4, 281, dtype=torch.float64)
rows = values.repeat(281, 1)
rows[:, 2] = moving
for k in (0.5, 2.0, 1000.0):
    right.plot(moving, soft_rank(rows, k)[:, 2], label=f"sharpness {k:g}")
right.set(title="Rank of a moving value", xlabel="value", ylabel="rank")
right.legend()
fig.set_label(
    f"First: five ranks start at {ranks[0].mean():.0f} and separate to whole numbers, "
    f"{ranks[-1].min():.0f} to {ranks[-1].max():.0f}, as the sharpness grows. Second: "
    "the rank of a moving value falls in stairs that get steeper with sharpness."
)
plt.show()

# %%
# ## Exactness
#
# At the inverse of the smallest gap the largest error of the ranks should be 0; just
# below it should not. Sorting should be exact at the largest gap, 1.6. The fit inside
# should agree with SciPy's.

exact = torch.arange(1, 6).double()
generator = torch.Generator().manual_seed(0)
noisy = torch.randn(100, 50, dtype=torch.float64, generator=generator).cumsum(-1)
fits = isotonic_decreasing(noisy)
off = [
    abs(fit.numpy() - isotonic_regression(row, increasing=False).x).max()
    for fit, row in zip(fits, noisy.numpy(), strict=True)
]
leaf = values.clone().requires_grad_()
slope = torch.autograd.grad(soft_rank(leaf, 1.0)[4], leaf)[0][4]
for name, value in (
    ("rank-error-at-gap", (soft_rank(values, 1 / gap) - exact).abs().max()),
    ("rank-error-below-gap", (soft_rank(values, 0.9 / gap) - exact).abs().max()),
    ("sort-error-at-gap", (soft_sort(values, 1.6) - values).abs().max()),
    ("isotonic-error", max(off)),
    ("rank-slope", slope),
):
    record(f"smoothing/{name}", value, exact=True)
