r"""
# Activations are smoothed maxima

Softplus, Swish, GELU and SMU answer one question, from above and from below.

All of them replace $\max(x, 0)$: softplus by
[Eq. (smooth-max)](../../notes/smoothing.md), Swish by the mean of
[Eq. (boltzmann-max)](../../notes/smoothing.md), GELU by
[Eq. (smu)](../../notes/smoothing.md).
"""

import math

import matplotlib.pyplot as plt
import torch
from scipy.special import lambertw

from dlnotes.ledger import record
from dlnotes.smoothing.activations import gelu, smu, swish
from dlnotes.smoothing.kernels import logistic_relu
from dlnotes.smoothing.maximum import smooth_max
from dlnotes.smoothing.means import boltzmann_max, p_norm_max

x = torch.linspace(-4, 4, 801, dtype=torch.float64)
ramp, zero = x.clamp(min=0), torch.zeros_like(x)
curves = {
    "softplus": logistic_relu(x, 1.0),
    "Swish": swish(x, 1.0),
    "GELU": gelu(x),
    "SMU, sharpness 2": smu(x, zero, 2.0),
}

# %%
# ## Four activations and what they add to the ramp
#
# Look at the sign in the second panel: softplus is above $\max(x, 0)$, the others
# below.

far = [f"{(curve - ramp).abs().max():.2f}" for curve in curves.values()]
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
for label, curve in curves.items():
    left.plot(x, curve, label=label)
    right.plot(x, curve - ramp, label=label)
left.plot(x, ramp, "--", color="0.5", label="max(x, 0)")
left.set(title="Activation", xlabel="x", ylabel="value", xlim=(-3, 2), ylim=(-0.4, 2.2))
left.legend()
right.set(title="Activation minus max(x, 0)", xlabel="x", ylabel="difference")
fig.set_label(
    "First: four activations close to the ramp max(x, 0). Second: softplus is up to "
    f"{far[0]} above it, Swish, GELU and SMU up to {far[1]}, {far[2]} and {far[3]} "
    "below."
)
plt.show()

# %%
# ## Largest errors
#
# For two values at sharpness 1 they should be $\log 2$ above for the log-sum-exp and
# $W(1/e)$ below for the Boltzmann mean, $W$ being Lambert's function. For a hundred
# values, $\log 100$ and $W(99/e)$, the others standing $1 + W$ below the largest. SMU
# with $\kappa = 1/\sqrt 2$ should be GELU.

bound = {count: lambertw((count - 1) / math.e).real for count in (2, 100)}
low = -(1 + bound[2]) * torch.ones(1, dtype=torch.float64)  # where Swish is lowest
many = torch.zeros(100, dtype=torch.float64)
many[1:] = -(1 + bound[100])
for name, value in (
    ("softplus-error", logistic_relu(0 * low, 1.0)),
    ("swish-error", -swish(low, 1.0)),
    ("swish-error-formula", bound[2]),
    ("boltzmann-error-of-100", -boltzmann_max(many, 1.0)),
    ("boltzmann-error-formula", bound[100]),
    ("log-sum-exp-error-of-100", smooth_max(0 * many, 1.0)),
    ("gelu-is-smu", (smu(x, zero, 1 / math.sqrt(2)) - gelu(x)).abs().max()),
):
    record(f"smoothing/{name}", value, exact=True)
values = torch.tensor([3.0, 2.0, 1.0], dtype=torch.float64)
print("p-norms tend to 3:", [f"{p_norm_max(values, p):.4f}" for p in (1, 2, 8, 32)])
