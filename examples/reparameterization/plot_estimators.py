r"""
# Two estimators find one gradient

Where f is smooth, the path and the score function agree; the second needs more samples.

For $f(z) = z^2$ and a normal $z$ the expectation is $\mu^2 + \sigma^2$. Its derivatives
$2\mu$ and $2\sigma$ are estimated by
[Eq. (pathwise)](../../notes/reparameterization.md) and by
[Eq. (score-function)](../../notes/reparameterization.md).
"""

import math

import matplotlib.pyplot as plt
import torch
from torch.distributions import Normal

from dlnotes.ledger import record
from dlnotes.reparameterization.pathwise import location_scale, pathwise_gradient
from dlnotes.reparameterization.score_function import score_function_gradient

generator = torch.Generator().manual_seed(0)
draws = 1_000_000
noise = torch.randn(draws, dtype=torch.float64, generator=generator)
loc, scale = torch.tensor([1.0, 0.5], dtype=torch.float64)
samples = location_scale(noise, loc, scale)

# %%
# ## Two estimates of each derivative
#
# Both estimators get the same samples. Here $2\mu = 2$ and $2\sigma = 1$.

smooth = {
    "pathwise": pathwise_gradient(
        torch.square, location_scale, (loc, scale), noise=noise
    ),
    "score-function": score_function_gradient(
        torch.square, Normal, (loc, scale), samples
    ),
}
for name, gradients in smooth.items():
    for parameter, rows, exact in zip(["loc", "scale"], gradients, [2, 1], strict=True):
        off, error = rows.mean() - exact, rows.std() / math.sqrt(draws)
        print(f"{name}, {parameter}: {rows.mean():.4f} ± {error:.4f}, exact {exact}")
        record(f"reparameterization/off-{name}-{parameter}", off, error=error)

# %%
# ## How fast they settle
#
# Look for two curves that approach one dashed line, the second from further away.

fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
fig.set_label(
    "Running means of two estimates of a derivative that equals 2, against the number "
    "of samples. The score-function one swings wider than the pathwise one before both "
    "settle."
)
counts = torch.logspace(1, 6, 200).long()
for name, (by_loc, _) in smooth.items():
    running = by_loc.cumsum(dim=0)[counts - 1] / counts
    ax.plot(counts, running, label=name.replace("-", " "))
ax.axhline(2, color="0.5", linestyle="--", label="exact")
ax.set(xscale="log", ylim=(0.8, 3.2), xlabel="samples", ylabel=r"estimate of $2\mu$")
ax.set_title("One gradient, two speeds")
ax.legend()
plt.show()

# %%
# ## Why the spread matters
#
# (4, 5, 6) and (0, 5, 10) have the same average. One random draw from the second triple
# has 25 times the variance, so its average needs 25 times as many draws.

narrow, wide = (torch.tensor([[4, 5, 6], [0, 5, 10]]) - 5).square().sum(-1)
print(f"variances {narrow / 3:.4f} and {wide / 3:.4f}; by hand 2/3 and 50/3")
record("reparameterization/triple-variance-ratio", wide / narrow, exact=True)
