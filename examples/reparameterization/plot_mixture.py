r"""
# In a mixture a sample moves by the share of the moving component

Samples of the component that moves follow it, the others stay.

The CDF of a mixture of normals is a sum of normal CDFs; its inverse has no formula.
[Eq. (implicit)](../../notes/reparameterization.md) needs the CDF alone. The parameter
is the location of the right-hand component.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.optimize import elementwise
from torch.distributions import Categorical, MixtureSameFamily, Normal

from dlnotes.ledger import record
from dlnotes.reparameterization.implicit import implicit_reparameterize

quantiles = np.linspace(0.01, 0.99, 99)
step = 1e-5
weights = Categorical(torch.tensor([0.4, 0.6], dtype=torch.float64))

# %%
# ## Invert the CDF numerically
#
# At 99 quantiles, for the location 1.5 and two neighbors of it.

x, up, down = (
    elementwise.find_root(
        lambda x, q, m=m: m.cdf(torch.tensor(x)).numpy() - q,
        (-9.0, 9.0),
        args=(quantiles,),
    ).x
    for m in (
        MixtureSameFamily(
            weights, Normal(torch.tensor([-1.5, right], dtype=torch.float64), 0.7)
        )
        for right in (1.5, 1.5 + step, 1.5 - step)
    )
)
check = torch.tensor((up - down) / (2 * step))

# %%
# ## Differentiate the CDF instead
#
# Each sample gets its own copy of the location, so that the derivatives come apart.

z = torch.tensor(x)
copies = torch.full_like(z, 1.5).requires_grad_()
components = Normal(torch.stack([torch.full_like(z, -1.5), copies], dim=-1), 0.7)
mixture = MixtureSameFamily(weights.expand((99,)), components)
attached = implicit_reparameterize(z, mixture.cdf(z), mixture.log_prob(z))
(slope,) = torch.autograd.grad(attached.sum(), copies)

# %%
# ## Compare
#
# Samples of the left component stay, samples of the right one follow it, and between
# the two each sample moves by the share of the right component in the density.

fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
fig.set_label(
    "Derivative of a sample of a mixture of two normals in the location of the right "
    "one, against the sample: a smooth step from 0 to 1, with finite differences on it."
)
ax.plot(z, slope, label="implicit")
ax.plot(z[::6], check[::6], "C1o", ms=4, label="finite differences")
ax.set(xlabel="sample $z$", ylabel=r"$dz / d\mu_2$")
ax.set_title("two normals, the right one moves")
ax.legend()
plt.show()

# %%
# At the quantile 0.4, between the two, by either way:

record("reparameterization/implicit-mixture", slope[39], exact=True)
record("reparameterization/implicit-mixture-by-differences", check[39], exact=True)
