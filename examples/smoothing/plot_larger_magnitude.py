r"""
# Half the sum of two absolute values is the larger magnitude

It is the maximum only where $x + y \ge 0$; with the sum outside it always is.

The smooth maximum can be derived from $\tfrac12 (|x + y| + |x - y|)$ with
[Eq. (smooth-abs)](../../notes/smoothing.md) in the place of both absolute values. The
result is right; the formula at the start is not a maximum everywhere.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.smoothing.activations import erf_abs, root_abs
from dlnotes.smoothing.maximum import log_cosh_abs, smooth_abs

grid = torch.linspace(-3, 3, 301, dtype=torch.float64)
x, y = torch.meshgrid(grid, grid, indexing="xy")
half_sum = ((x + y).abs() + (x - y).abs()) / 2
wrong = half_sum - torch.maximum(x, y)

# %%
# ## Smooth absolute values, and where the formula is wrong
#
# First, look at the errors at 0: $\log 4$ and $\log 2$ for the two forms of the
# derivation. Second, look for the triangle below the falling diagonal.

names = (smooth_abs, log_cosh_abs, root_abs, erf_abs)
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
for function in names:
    left.plot(grid, function(grid, 1.0) - grid.abs(), label=function.__name__)
left.set(title="Smooth |x| minus |x|, κ = 1", xlabel="x", ylabel="error")
fig.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=4)
image = right.imshow(wrong, origin="lower", extent=(-3, 3, -3, 3), cmap="viridis")
fig.colorbar(image, ax=right)
right.set(title="Half sum minus max(x, y)", xlabel="x", ylabel="y")
fig.set_label(
    "First: three errors above zero and one below, largest near 0. Second: a map that "
    f"is zero above the falling diagonal and grows below it, to {wrong.max():.0f} in "
    "the lower left corner."
)
plt.show()

# %%
# ## Numbers
#
# Errors at 0 should be $\log 4 = 1.386$ and $\log 2 = 0.693$. Of all pairs of whole
# numbers from -50 to 50 the formula should fail at those with $x + y < 0$ and at no
# other; it should never differ from the larger magnitude.

zero = torch.zeros(1, dtype=torch.float64)
record("smoothing/smooth-abs-error", smooth_abs(zero, 1.0), exact=True)
record("smoothing/log-cosh-abs-error", log_cosh_abs(zero, 1.0), exact=True)
whole = torch.arange(-50, 51)
pairs = torch.cartesian_prod(whole, whole)
twice = pairs.sum(-1).abs() + pairs.diff(dim=-1).squeeze(-1).abs()
wrong = twice != 2 * pairs.amax(-1)
unexpected = (wrong != (pairs.sum(-1) < 0)).sum()
record("smoothing/half-sum-wrong-share", wrong.double().mean(), exact=True)
record("smoothing/half-sum-unexpected", unexpected, exact=True)
off = (twice - 2 * pairs.abs().amax(-1)).abs().max()
record("smoothing/half-sum-magnitude", off, exact=True)
always = pairs.sum(-1) + pairs.diff(dim=-1).squeeze(-1).abs() - 2 * pairs.amax(-1)
print("twice the largest error of (x + y + |x - y|) / 2:", always.abs().max().item())
