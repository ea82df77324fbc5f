r"""
# For a square the path always has less variance

The gap grows with the mean; measured variances lie on the closed forms.

The curves are [Eq. (variance-square)](../../notes/reparameterization.md). Far from 0
the score function pays for the large values of $f$, the path only for its slope.
"""

import math

import matplotlib.pyplot as plt
import torch
from torch.distributions import Normal

from dlnotes.ledger import record
from dlnotes.reparameterization.pathwise import location_scale, pathwise_gradient
from dlnotes.reparameterization.score_function import score_function_gradient
from dlnotes.reparameterization.variances import variance_and_error, variance_square

draws = 200_000
generator = torch.Generator().manual_seed(0)
noise = torch.randn(draws, dtype=torch.float64, generator=generator)
one = torch.ones((), dtype=torch.float64)
locs = torch.linspace(-3, 3, 13, dtype=torch.float64)

# %%
# ## Measure both variances
#
# Both estimators get the same samples. The vertical axis is logarithmic.

measured = []
for loc in locs:
    z = location_scale(noise, loc, one)
    by_score, _ = score_function_gradient(torch.square, Normal, (loc, one), z)
    by_path, _ = pathwise_gradient(torch.square, location_scale, (loc, one), noise)
    both = torch.stack([by_score, by_path], dim=-1)  # (S, 2)
    measured.append(torch.stack(variance_and_error(both)))
variances, errors = torch.stack(measured).unbind(1)  # (13, 2) each

fine = torch.linspace(-3, 3, 200, dtype=torch.float64)
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
fig.set_label(
    "Variance of the two estimates of the derivative of E z^2, against the mean of z. "
    "The score function's curve rises from 15 to above 200, the pathwise one stays at "
    "4; measured points lie on both."
)
exact = variance_square(fine, one)
for k, name in enumerate(["score function", "pathwise"]):
    ax.plot(fine, exact[k], f"C{k}", label=name)
    ax.errorbar(locs, variances[:, k], 2 * errors[:, k], fmt=f"C{k}o", ms=4)
ax.set(yscale="log", xlabel=r"mean $\mu$", ylabel="variance of one draw")
ax.set_title(r"$f(z) = z^2$, $\sigma = 1$, gradient in $\mu$")
ax.legend()
plt.show()

at_one = locs.tolist().index(1.0)
ratio = variances[at_one, 0] / variances[at_one, 1]
error = ratio * (errors[at_one] / variances[at_one]).norm()
record("reparameterization/square-variance-ratio", ratio, error=error)

# %%
# ## What the tails contribute
#
# One reason given for the difference: the score is large in the tails. Count, at a mean
# of 0, the share of the mean square that comes from beyond two standard deviations.

tail = (noise.abs() > 2).double()
for name, squares in {"score-function": noise**6, "pathwise": 4 * noise**2}.items():
    share = (squares * tail).mean() / squares.mean()
    error = (squares * (tail - share)).std() / squares.mean() / math.sqrt(draws)
    label = f"reparameterization/tail-share-{name}"
    record(label, 100 * share, error=100 * error, unit="%")
