r"""
# REBAR is a baseline in disguise, and sometimes a useless one

For one bit it cannot beat a constant, and where f(1/2) is 0 it only adds noise.

Averaged over its relaxations, [Eq. (rebar)](../../notes/reparameterization.md) is the
score-function estimator with a constant baseline, $\eta$ times $f$ at one half.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.reparameterization.control_variates import rebar_gradient
from dlnotes.reparameterization.pathwise import open_uniform
from dlnotes.reparameterization.variances import variance_and_error

rng = torch.Generator().manual_seed(0)
noise = open_uniform(2, 200_000, dtype=torch.float64, generator=rng).unbind()
etas = torch.linspace(0, 2, 11, dtype=torch.float64)
zero, half, one, p = torch.tensor([0.0, 0.5, 1.0, 0.3], dtype=torch.float64)
logit = p.logit()

# %%
# ## Two popular targets
#
# In the first panel $f(1/2)$ is nearly 0, in the second it is not. The dashed floor is
# the variance with a constant baseline of $\eta f(1/2)$: look how it is flat in the
# first, and how no point falls below it in either.

targets = {
    r"$f(b) = (b - 0.499)^2$": lambda b: (b - 0.499).square(),
    r"$f(b) = (b + 1)^2$": lambda b: (b + 1).square(),
}
fig, axes = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
fig.set_label(
    "Variance of REBAR against the weight eta for one bit and two targets. First: the "
    "floor is flat and REBAR's variance rises from it. Second: the floor is a parabola "
    "that touches 0, and REBAR follows it down before it rises again."
)
for ax, (name, f) in zip(axes, targets.items(), strict=True):
    best = (1 - p) * f(one) + p * f(zero)
    ax.plot(
        etas, p * (1 - p) * (best - etas * f(half)) ** 2, "--", c="0.5", label="floor"
    )
    for t in [0.5, 1.0]:
        given = {"temperature": t, "noise": noise}
        rows = [rebar_gradient(f, logit, eta=eta, **given) for eta in etas]
        variance, error = variance_and_error(torch.stack(rows, dim=1))
        ax.errorbar(etas, variance, 2 * error, fmt="o-", ms=4, label=f"temperature {t}")
    ax.set(title=name, xlabel=r"weight $\eta$", ylabel="variance of one draw")
    ax.set_ylim(0, None)
    ax.legend()
plt.show()

# %%
# ## The numbers
#
# At temperature 1/2, without and with the control variate, and what it adds:

for name, f in zip(["useless", "useful"], targets.values(), strict=True):
    squares = []
    for label, eta in {"without": 0.0, "with": 1.0}.items():
        rows = rebar_gradient(f, logit, temperature=0.5, eta=eta, noise=noise)
        value, error = variance_and_error(rows)
        record(f"reparameterization/rebar-{name}-{label}", value, error=error)
        squares.append((rows - rows.mean()).square())
    added = squares[1] - squares[0]
    error = added.std() / len(added) ** 0.5
    record(f"reparameterization/rebar-{name}-added", added.mean(), error=error)

# %%
# The mean stays $p(1 - p)(f(1) - f(0))$ for every weight: since the estimate is linear
# in the weight, two weights tell. For the target of the second panel:

exact = p * (1 - p) * (f(one) - f(zero))
for label, eta in {"low": -1.0, "high": 3.0}.items():
    rows = rebar_gradient(f, logit, eta=eta, noise=noise)
    off, error = rows.mean() - exact, rows.std() / len(rows) ** 0.5
    record(f"reparameterization/off-rebar-{label}", off, error=error)
