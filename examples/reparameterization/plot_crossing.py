r"""
# For a fast wave the score function wins

For a wave the path has the smaller variance only while the wave is slow.

The curves are [Eq. (variance-sine)](../../notes/reparameterization.md), the band is
[Eq. (sine-crossing)](../../notes/reparameterization.md), the points are measured.
"""

import matplotlib.pyplot as plt
import torch
from torch.distributions import Normal

from dlnotes.ledger import record
from dlnotes.reparameterization.pathwise import location_scale, pathwise_gradient
from dlnotes.reparameterization.score_function import score_function_gradient
from dlnotes.reparameterization.variances import (
    sine_crossing,
    variance_and_error,
    variance_sine,
)

generator = torch.Generator().manual_seed(0)
noise = torch.randn(200_000, dtype=torch.float64, generator=generator)
loc, scale = torch.tensor([0.3, 1.0], dtype=torch.float64)
z = location_scale(noise, loc, scale)
frequencies = torch.linspace(0.2, 3, 15, dtype=torch.float64)

# %%
# ## Measure both variances
#
# Both estimators get the same samples, and each variance its standard error.

measured = []
for w in frequencies:
    f = lambda z, w=w: (w * z).sin()  # noqa: E731
    by_score, _ = score_function_gradient(f, Normal, (loc, scale), z)
    by_path, _ = pathwise_gradient(f, location_scale, (loc, scale), noise=noise)
    both = torch.stack([by_score, by_path], dim=-1)  # (S, 2)
    measured.append(torch.stack(variance_and_error(both)))
variances, errors = torch.stack(measured).unbind(1)  # (15, 2) each

# %%
# ## See them cross
#
# The score function's variance levels off at 1/2, because a sine never exceeds 1. The
# path follows the slope, and its variance grows like $\omega^2 / 2$. Look for the
# crossing inside the grey band, where it lies whatever the mean. Dots are measured.

fine = torch.linspace(0.05, 3, 200, dtype=torch.float64)
first, last = sine_crossing(torch.tensor([-1.0, 1.0], dtype=torch.float64)).tolist()
exact = variance_sine(loc, scale, frequency=fine)
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
fig.set_label(
    "Variance of the two estimates of the derivative of E sin(w z), against the "
    "frequency w. The pathwise curve starts lower, crosses the other for w from "
    f"{first:.2f} to {last:.2f} and grows to {exact[1][-1]:.1f}, while the score "
    f"function's ends at {exact[0][-1]:.2f}; measured points lie on both."
)
for k, name in enumerate(["score function", "pathwise"]):
    ax.plot(fine, exact[k], f"C{k}", label=name)
    ax.errorbar(frequencies, variances[:, k], 2 * errors[:, k], fmt=f"C{k}o", ms=4)
ax.axvspan(first, last, color="0.5", alpha=0.25, label="crossing, any mean")
ax.set(
    xlabel=r"frequency $\omega$ (radians per $\sigma$)", ylabel="variance of one draw"
)
ax.set_title(r"$f(z) = \sin\,\omega z$, $\mu = 0.3$, $\sigma = 1$, gradient in $\mu$")
ax.legend()
plt.show()

record("reparameterization/crossing-lowest", first, exact=True, unit="radians")
record("reparameterization/crossing-highest", last, exact=True, unit="radians")
for k, name in enumerate(["score-function", "pathwise"]):
    value, error = variances[9, k], errors[9, k]  # at a frequency of 2
    record(f"reparameterization/sine-variance-{name}", value, error=error)
