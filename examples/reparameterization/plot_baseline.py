r"""
# The best baseline is not the mean of f

Subtracting a constant from f lowers the variance most at a weighted mean of f.

A baseline leaves the estimate of
[Eq. (score-function)](../../notes/reparameterization.md) unbiased. Its variance is a
parabola in the baseline, and each parameter has its own lowest point,
[Eq. (optimal-baseline)](../../notes/reparameterization.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.distributions import Normal

from dlnotes.ledger import record
from dlnotes.reparameterization.baselines import optimal_baseline
from dlnotes.reparameterization.pathwise import location_scale
from dlnotes.reparameterization.score_function import score, score_function_gradient
from dlnotes.reparameterization.variances import variance_and_error

generator = torch.Generator().manual_seed(0)
normal = tuple(torch.tensor([3.0, 1.0], dtype=torch.float64))
noise = torch.randn(2, 500_000, dtype=torch.float64, generator=generator)
pilot, samples = (location_scale(row, *normal) for row in noise)

# %%
# ## Estimate the best baselines
#
# For $f(z) = z^2$ with $\mu = 3$ and $\sigma = 1$ the mean of $f$ is 10. The best
# baselines are 12 for the location and 14 for the scale. They are estimated on other
# samples than those they will serve.

best = tuple(optimal_baseline(pilot**2, s) for s in score(Normal, normal, pilot))
print("estimated", [f"{b:.2f}" for b in best], "exact ['12.00', '14.00']")

# %%
# ## The parabola
#
# Look at the two lowest points: neither lies at the dashed line, the mean of $f$. At a
# baseline of 0, where the curve begins, the estimator is the plain one.

grid = range(0, 21, 2)
rows = [
    score_function_gradient(torch.square, Normal, normal, samples, baseline=b)
    for b in grid
]
curves = torch.stack([torch.stack(row).var(dim=-1) for row in rows], dim=1)  # (2, 11)
fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), layout="constrained")
fig.set_label(
    "Variance of the score-function estimator against the baseline, for the location "
    f"and for the scale: two parabolas whose lowest points, at {best[0]:.0f} and "
    f"{best[1]:.0f}, lie to the right of the mean of f, 10."
)
for k, ax in enumerate(axes):
    ax.plot(grid, curves[k], f"C{k}o-", ms=3)
    ax.axvline(best[k], color=f"C{k}", linestyle=":", label="best")
    ax.axvline(10, color="0.5", linestyle="--", label="mean of $f$")
    ax.set(xlabel="baseline", ylabel="variance of one draw", ylim=(0, None))
    ax.set_title(f"gradient in the {['location', 'scale'][k]}")
    ax.legend(loc="lower left")
plt.show()

# %%
# ## The numbers
#
# By hand, for the location: 222 without a baseline, 82 with the mean of $f$ and 78 with
# the best constant. The last two use the same samples, so their difference is precise.

squares = {}
for name, baseline in {"none": 0.0, "mean": 10.0, "best": best}.items():
    by_loc, _ = score_function_gradient(
        torch.square, Normal, normal, samples, baseline=baseline
    )
    value, error = variance_and_error(by_loc)
    record(f"reparameterization/baseline-{name}", value, error=error)
    squares[name] = (by_loc - by_loc.mean()).square()
saved = squares["mean"] - squares["best"]
error = saved.std() / len(saved) ** 0.5
record("reparameterization/baseline-saved", saved.mean(), error=error)
