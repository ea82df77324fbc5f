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
u, v = (open_uniform(200_000, dtype=torch.float64, generator=rng) for _ in range(2))
etas = torch.linspace(0, 2, 11, dtype=torch.float64)
zero, half, one, p = torch.tensor([0.0, 0.5, 1.0, 0.3], dtype=torch.float64)
logit = p.logit()

# %%
# ## Two popular targets
#
# On the left $f(1/2)$ is nearly 0, on the right it is 2.25. The dashed floor is the
# variance with a constant baseline of $\eta f(1/2)$: look how it is flat on the left,
# and how the points never fall below it.

targets = {
    r"$f(b) = (b - 0.499)^2$": lambda b: (b - 0.499).square(),
    r"$f(b) = (b + 1)^2$": lambda b: (b + 1).square(),
}
fig, axes = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
fig.set_label(
    "Variance of REBAR against the weight eta for one bit and two targets. Left, the "
    "floor is flat and REBAR's variance rises from it. Right, the floor is a parabola "
    "that touches 0, and REBAR follows it down before it rises again."
)
for ax, (name, f) in zip(axes, targets.items(), strict=True):
    best = (1 - p) * f(one) + p * f(zero)
    ax.plot(
        etas, p * (1 - p) * (best - etas * f(half)) ** 2, "--", c="0.5", label="floor"
    )
    for t in [0.5, 1.0]:
        rows = [rebar_gradient(f, logit, u, v, temperature=t, eta=eta) for eta in etas]
        variance, error = variance_and_error(torch.stack(rows, dim=1))
        ax.errorbar(etas, variance, 2 * error, fmt="o-", ms=4, label=f"temperature {t}")
    ax.set(title=name, xlabel=r"weight $\eta$", ylabel="variance of one draw")
    ax.set_ylim(0, None)
    ax.legend()
plt.show()

# %%
# ## The numbers
#
# At temperature 1/2, without and with the control variate:

for name, f in zip(["useless", "useful"], targets.values(), strict=True):
    for label, eta in {"without": 0.0, "with": 1.0}.items():
        rows = rebar_gradient(f, logit, u, v, temperature=0.5, eta=eta)
        value, error = variance_and_error(rows)
        record(f"reparameterization/rebar-{name}-{label}", value, error=error)

# %%
# The mean stays for every weight. Largest distance from the exact gradient
# $p(1 - p)(f(1) - f(0))$ over four weights, for the target on the right:

weights = [-1.0, 0.5, 1.0, 3.0]
rows = torch.stack([rebar_gradient(f, logit, u, v, eta=eta) for eta in weights])
distance = rows.mean(dim=1) - p * (1 - p) * (f(one) - f(zero))
worst = (distance / rows.std(dim=1)).abs().max() * len(u) ** 0.5
record("reparameterization/errors-rebar", worst, unit="standard errors")
