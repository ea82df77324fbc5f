r"""
# A few other samples make a good baseline

The mean of the other samples costs nothing and approaches the mean of f.

[Eq. (leave-one-out)](../../notes/reparameterization.md) subtracts from each value the
mean of the others in its group. The rows of a group are then correlated, so what counts
is the variance of the group's mean, times the size of the group.
"""

import matplotlib.pyplot as plt
import torch
from torch.distributions import Normal

from dlnotes.ledger import record
from dlnotes.reparameterization.baselines import leave_one_out_baseline
from dlnotes.reparameterization.pathwise import location_scale
from dlnotes.reparameterization.score_function import score_function_gradient
from dlnotes.reparameterization.variances import variance_and_error

generator = torch.Generator().manual_seed(0)
normal = tuple(torch.tensor([3.0, 1.0], dtype=torch.float64))
samples = location_scale(
    torch.randn(960_000, dtype=torch.float64, generator=generator), *normal
)
sizes = torch.tensor([2, 3, 4, 6, 10, 16, 32])

# %%
# ## Groups of growing size
#
# For $f(z) = z^2$, $\mu = 3$, $\sigma = 1$. The closed form is derived in the note.

measured = []
for size in sizes.tolist():
    groups = samples.view(-1, size)
    others = leave_one_out_baseline(groups**2, dim=1)
    by_loc, _ = score_function_gradient(
        torch.square, Normal, normal, groups, baseline=others
    )
    measured.append(torch.stack(variance_and_error(by_loc.mean(dim=1))) * size)
variances, errors = torch.stack(measured).unbind(1)
exact = 2 / (sizes - 1) * (2 * (sizes - 2) * 82 / 4 + 78)

# %%
# ## Compare
#
# Look how soon the points approach the dashed line, the variance with the mean of $f$
# as a baseline.

fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
fig.set_label(
    "Variance per draw with leave-one-out baselines against the size of the group. It "
    f"falls from {exact[0]:.0f} for two samples towards 82, the level of the mean of "
    "f; measured points lie on the closed form."
)
ax.plot(sizes, exact, label="closed form")
ax.errorbar(sizes, variances, 2 * errors, fmt="C1o", ms=5, label="measured")
ax.axhline(82, color="0.5", linestyle="--", label="mean of $f$")
ax.set(xscale="log", xlabel="samples in a group", ylabel="variance per draw")
ax.set_xticks(sizes, [str(n) for n in sizes.tolist()], minor=False)
ax.set_xticks([], minor=True)
ax.set_title("leave-one-out baseline, gradient in $\\mu$")
ax.legend()
plt.show()

record("reparameterization/baseline-leave-one-out", variances[2], error=errors[2])
print(f"closed form for four samples: {exact[2]:.1f}")
