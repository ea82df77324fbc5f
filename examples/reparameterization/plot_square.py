r"""
# For a square the path always has less variance

The gap grows with the mean; measured variances lie on the closed forms.

The curves are [Eq. (variance-square)](../../notes/reparameterization.md). Far from 0
the score function pays for the large values of $f$, the path only for its slope.
"""

import matplotlib.pyplot as plt
import torch
from torch.distributions import Normal

from dlnotes.ledger import record
from dlnotes.reparameterization.gamma import gamma_cdf
from dlnotes.reparameterization.pathwise import location_scale, pathwise_gradient
from dlnotes.reparameterization.score_function import score_function_gradient
from dlnotes.reparameterization.variances import variance_and_error, variance_square

rng = torch.Generator().manual_seed(0)
noise = torch.randn(200_000, dtype=torch.float64, generator=rng)
one = torch.ones((), dtype=torch.float64)
locs = torch.linspace(-3, 3, 13, dtype=torch.float64)

# %%
# ## Measure both variances
#
# Both estimators get the same samples. Dots are measured. The axis is logarithmic.

measured = []
for loc in locs:
    z = location_scale(noise, loc, one)
    by_score, _ = score_function_gradient(torch.square, Normal, (loc, one), z)
    normal = (loc, one)
    by_path, _ = pathwise_gradient(torch.square, location_scale, normal, noise=noise)
    both = torch.stack([by_score, by_path], dim=-1)  # (S, 2)
    measured.append(torch.stack(variance_and_error(both)))
variances, errors = torch.stack(measured).unbind(1)  # (13, 2) each
fine = torch.linspace(-3, 3, 200, dtype=torch.float64)
exact = variance_square(fine, one)

fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
fig.set_label(
    "Variance of the two estimates of the derivative of E z², against the mean of z. "
    f"The score function's rises from {exact[0].min():.0f} to {exact[0][-1]:.0f}, the "
    f"pathwise one stays at {exact[1][-1]:.0f}; measured points lie on both."
)
for k, name in enumerate(["score function", "pathwise"]):
    ax.plot(fine, exact[k], f"C{k}", label=name)
    ax.errorbar(locs, variances[:, k], 2 * errors[:, k], fmt=f"C{k}o", ms=4)
ax.set(yscale="log", xlabel=r"mean $\mu$", ylabel="variance of one draw")
ax.set_title(r"$f(z) = z^2$, $\sigma = 1$, gradient in $\mu$")
ax.legend()
plt.show()

# %%
# ## The ratio at a mean of 1
#
# The error is that of the mean difference of squares, in units of both variances.

z = location_scale(noise, one, one)
squares = torch.stack([z**2 * noise - 2, 2 * z - 2]).square()  # (2, S)
means = squares.mean(dim=1, keepdim=True)
ratio = (means[0] / means[1]).item()
error = ratio * (squares / means).diff(dim=0).std() / len(noise) ** 0.5
record("reparameterization/square-variance-ratio", ratio, error=error)

# %%
# ## What the tails contribute
#
# At a mean of 0, the share of the mean square from beyond two standard deviations is a
# tail of a Gamma distribution, since half the square of a normal variable has one.

for name, power in {"score-function": 3, "pathwise": 1}.items():
    share = 1 - gamma_cdf(2 * one, power + one / 2)
    squares = noise ** (2 * power)
    counted = squares[noise.abs() > 2].sum() / squares.sum()
    print(f"{name}: {100 * counted:.1f} % in these draws")
    name = f"reparameterization/tail-share-{name}"
    record(name, 100 * share, exact=True, unit="%")
