r"""
# A Gamma sample has a derivative, though no formula makes it

The CDF alone tells how a sample moves with the shape of its distribution.

Samplers of the Gamma distribution reject proposals, so there is no path to follow.
[Eq. (implicit)](../../notes/reparameterization.md) needs the CDF, not its inverse. The
slow way, for comparison: invert the CDF numerically at a fixed quantile, change the
shape a little, invert again.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.special import gammaincinv
from torch.distributions import Gamma

from dlnotes.ledger import record
from dlnotes.reparameterization.implicit import gamma_reparameterize

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
worst = 0.0
for color, shape in enumerate([0.5, 2.5, 8.0]):
    z = torch.tensor(gammaincinv(shape, quantiles))
    copies = torch.full_like(z, shape).requires_grad_()
    (slope,) = torch.autograd.grad(gamma_reparameterize(z, copies).sum(), copies)
    up, down = (gammaincinv(shape + h, quantiles) for h in (step, -step))
    check = torch.tensor((up - down) / (2 * step))
    worst = max(worst, (slope - check).abs().max().item())
    ax.plot(z, slope, f"C{color}", label=rf"$\alpha = {shape}$")
    ax.plot(z[::7], check[::7], f"C{color}o", ms=4)
ax.set(xlabel="sample $z$", ylabel=r"$dz / d\alpha$")
ax.set_title("implicit derivatives, and finite differences as points")
ax.legend()
plt.show()

record("reparameterization/implicit-gamma-error", worst)

# %%
# ## Against torch
#
# `Gamma.rsample` carries the same derivative, from a fitted approximation. The largest
# relative difference over 5000 samples of shapes from 0.1 to 30:

shapes = torch.logspace(-1, 1.5, 5000, dtype=torch.float64).requires_grad_()
drawn = Gamma(shapes, torch.ones_like(shapes)).rsample()
(theirs,) = torch.autograd.grad(drawn.sum(), shapes)
(ours,) = torch.autograd.grad(gamma_reparameterize(drawn, shapes).sum(), shapes)
record("reparameterization/implicit-torch-gap", ((ours - theirs) / ours).abs().max())
