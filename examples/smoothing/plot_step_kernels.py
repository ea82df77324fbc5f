r"""
# A narrow density rounds every corner

Averaging over a small shift turns a step into its distribution function.

Gaussian, logistic and Lorentz kernels,
[Eq. (gaussian-kernel)](../../notes/smoothing.md) and its two neighbors, smooth the same
functions by convolution. They differ in the tails.
"""

import math

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.smoothing import kernels
from dlnotes.smoothing.floor import lorentz_floor, smooth_floor

x = torch.linspace(-4, 4, 401, dtype=torch.float64)
near = torch.linspace(-1.5, 2.5, 401, dtype=torch.float64)
names = ("gaussian", "logistic", "lorentz")
steps = {name: getattr(kernels, f"{name}_step") for name in names}

# %%
# ## Step, ramp and staircase
#
# Look at the tails in the first plot: the Lorentz kernel's are still there at the edge.
# It is missing in the second, where its average is infinite.

fig, axes = plt.subplots(1, 3, figsize=(7, 3.1), layout="constrained")
for i, (name, step) in enumerate(steps.items()):
    axes[0].semilogy(x, (step(x, 0.3) - (x > 0).double()).abs(), f"C{i}", label=name)
    if name != "lorentz":
        relu = getattr(kernels, f"{name}_relu")
        axes[1].plot(x, relu(x, 0.3) - x.clamp(min=0), f"C{i}")
    floor = lorentz_floor if name == "lorentz" else smooth_floor
    chosen = {} if name == "lorentz" else {"step": step}
    axes[2].plot(near, floor(near, 0.05, **chosen), f"C{i}")
axes[0].set(title="Step: |error|", xlabel="x", ylim=(1e-12, 1))
axes[1].set(title="Ramp: error", xlabel="x")
axes[2].set(title="Floor, width 0.05", xlabel="x")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
fig.set_label(
    "First: errors of three smooth steps on a log scale, the Lorentz one falls "
    "slowest. Second: humps of two smooth ramps at 0. Third: three rounded staircases."
)
plt.show()

# %%
# ## Numbers
#
# Ten widths from the step the Lorentz error should be close to $1 / (10 \pi)$, the
# Gaussian one is out of sight. The humps should be $1 / \sqrt{2 \pi}$ and $\log 2$
# widths high.

ten = torch.tensor([-10.0], dtype=torch.float64)
for name, step in steps.items():
    record(f"smoothing/step-tail-{name}", step(ten, 1.0), exact=True)
record("smoothing/ramp-gaussian", kernels.gaussian_relu(0 * ten, 1.0), exact=True)
record("smoothing/ramp-logistic", kernels.logistic_relu(0 * ten, 1.0), exact=True)
print("they should be", 1 / math.sqrt(2 * math.pi), "and", math.log(2))

# %%
# ## Counting the step at zero twice
#
# A formula with $n = 0$ in both of its sums is 1 too high at 2.5, where the floor is 2.

place = torch.tensor(2.5, dtype=torch.float64)
n = torch.arange(-50, 51, dtype=torch.float64)
each = kernels.gaussian_step(place - n, 0.05)
twice = (each[n <= 0] - 1).sum() + each[n >= 0].sum()
record("smoothing/floor-once", smooth_floor(place, 0.05), exact=True)
record("smoothing/floor-twice", twice, exact=True)
