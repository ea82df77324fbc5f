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
from dlnotes.smoothing.answers import erf_abs, root_abs
from dlnotes.smoothing.maximum import log_cosh_abs, smooth_abs

grid = torch.linspace(-3, 3, 301, dtype=torch.float64)
x, y = torch.meshgrid(grid, grid, indexing="xy")
half_sum = ((x + y).abs() + (x - y).abs()) / 2
wrong = half_sum - torch.maximum(x, y)

# %%
# ## Smooth absolute values, and where the formula is wrong
#
# On the left, look at the errors at 0: $\log 4$ and $\log 2$ for the two forms of the
# derivation. On the right, look for the triangle below the falling diagonal.

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
    "Left: three errors above zero and one below, largest near 0. Right: a map that is "
    "zero above the falling diagonal and grows below it, to 6 in the lower left corner."
)
plt.show()

# %%
# ## Numbers
#
# Errors at 0 should be $\log 4 = 1.386$ and $\log 2 = 0.693$. For a random pair the
# formula should fail with probability 1/2; it should never differ from the larger
# magnitude.

zero = torch.zeros(1, dtype=torch.float64)
record("smoothing/smooth-abs-error", smooth_abs(zero, 1.0))
record("smoothing/log-cosh-abs-error", log_cosh_abs(zero, 1.0))
pairs = torch.randn(2, 100_000, generator=torch.Generator().manual_seed(0)).double()
half_sum = (pairs.sum(0).abs() + (pairs[0] - pairs[1]).abs()) / 2
wrong = ((half_sum - pairs.amax(0)).abs() > 1e-9).double()
record("smoothing/half-sum-wrong-share", wrong.mean(), error=wrong.std() / 1e5**0.5)
record("smoothing/half-sum-magnitude", (half_sum - pairs.abs().amax(0)).abs().max())
always = (pairs.sum(0) + (pairs[0] - pairs[1]).abs()) / 2
print("largest error of (x + y + |x - y|) / 2:", (always - pairs.amax(0)).abs().max())
