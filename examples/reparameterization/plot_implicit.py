r"""
# A Gamma sample has a derivative, though no formula makes it

The CDF alone tells how a sample moves with the shape of its distribution.

Common samplers of the Gamma distribution reject proposals: there is no path to follow.
[Eq. (gamma-derivative)](../../notes/reparameterization.md) needs the CDF, not its
inverse. The slow way, for comparison: invert the CDF numerically at a fixed quantile,
change the shape a little, invert again.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.special import gammaincinv
from torch.distributions import Gamma

from dlnotes.ledger import record
from dlnotes.reparameterization.gamma import gamma_derivative

quantiles = np.linspace(0.01, 0.99, 99)
step = 1e-5

# %%
# ## Both derivatives
#
# Three shapes, 99 quantiles each. Look for points on the curves.

fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
fig.set_label(
    "Derivative of a Gamma sample in the shape parameter, against the sample, for "
    "three shapes. Three rising curves; finite differences lie on them."
)
for color, shape in enumerate([0.5, 2.5, 8.0]):
    z = torch.tensor(gammaincinv(shape, quantiles))
    slope = gamma_derivative(z, torch.tensor(shape, dtype=torch.float64))
    up, down = (gammaincinv(shape + h, quantiles) for h in (step, -step))
    check = torch.tensor((up - down) / (2 * step))
    ax.plot(z, slope, f"C{color}", label=rf"$\alpha = {shape}$")
    ax.plot(z[::7], check[::7], f"C{color}o", ms=4)
ax.set(xlabel="sample $z$", ylabel=r"$dz / d\alpha$")
ax.set_title("implicit derivatives, differences as points")
ax.legend()
plt.show()

record("reparameterization/implicit-gamma", slope[49], exact=True)
record("reparameterization/implicit-gamma-by-differences", check[49], exact=True)

# %%
# The recorded pair is that of the median at $\alpha = 8$.
#
# ## Against torch
#
# `Gamma.rsample` carries the same derivative, from a fitted approximation. The mean
# relative difference over 5000 samples of shapes from 0.1 to 30:

shapes = torch.logspace(-1, 1.5, 5000, dtype=torch.float64).requires_grad_()
drawn = Gamma(shapes, torch.ones_like(shapes)).rsample()
(theirs,) = torch.autograd.grad(drawn.sum(), shapes)
ours = gamma_derivative(drawn, shapes)
gaps = ((ours - theirs) / ours).abs()
error = gaps.std() / len(gaps) ** 0.5
record("reparameterization/implicit-torch-gap", gaps.mean(), error=error)
