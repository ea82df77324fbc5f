r"""
# Dividing by the density makes a sum over points an integral

With a density that vanishes somewhere the estimate is still right, and of no use.

The estimate is that of [Eq. (monte-carlo)](../../notes/pointconv.md), for the integral
of sin(3t) + t² from -1 to 1, which is 2/3.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.pointconv.density import monte_carlo_integral

rng = torch.Generator().manual_seed(0)
truth, runs, sizes = 2 / 3, 400, (100, 400, 1600, 6400)

# %%
# ## Two densities
#
# Beta(2, 5), stretched to the interval, is the second smallest of six uniform numbers.
# Alone it vanishes at both ends; mixed with uniform points it does not.

estimates, plain = torch.zeros(2, len(sizes), runs), torch.zeros(len(sizes), runs)
for column, size in enumerate(sizes):
    uniform = torch.rand(runs, size, 6, dtype=torch.float64, generator=rng)
    beta = uniform.sort(-1).values[..., 1]
    half = torch.rand(runs, size, generator=rng) < 0.5
    mixed = uniform[..., 0].where(half, beta)
    for row, share in enumerate((mixed, beta)):
        t = 2 * share - 1
        values = (3 * t).sin() + t**2
        density = 15 * share * (1 - share) ** 4
        density = (density + 0.5) / 2 if row == 0 else density
        estimates[row, column] = monte_carlo_integral(values, density)
        if row == 0:  # right only if points were uniform
            plain[column] = 2 * values.mean(-1)

# %%
# ## With and without the density, from 6,400 points of the mixture

for name, found in (("weighted", estimates[0, -1]), ("unweighted", plain[-1])):
    record(f"pointconv/integral-{name}", found.mean(), error=found.std() / runs**0.5)

# %%
# ## How the spread falls
#
# The middle half of the runs narrows like the root of the number of points if the
# variance is finite. For Beta(2, 5) a term exceeds v with a probability like v to the
# power -5/4: a stable law, whose spread falls with the exponent -1/5.

log_sizes = torch.tensor(sizes).log()
log_sizes -= log_sizes.mean()
for name, found in (("finite", estimates[0]), ("infinite", estimates[1])):
    parts = found.view(len(sizes), 10, -1)
    low, high = parts.quantile(torch.tensor([0.25, 0.75]), dim=-1)
    slopes = log_sizes @ (high - low).log() / log_sizes.square().sum()
    record(f"pointconv/{name}-slope", slopes.mean(), error=slopes.std() / 10**0.5)
within = (estimates[:, -1] - truth).abs().lt(0.05).double().mean(1)
for name, share in zip(("finite", "infinite"), within, strict=True):
    spread = (share * (1 - share) / runs).sqrt()
    record(f"pointconv/{name}-near", 100 * share, error=100 * spread, unit="%")

# %%
# First: a density that is positive everywhere. Second: one that vanishes at the ends.
# Each point is a run, some lie outside; the line is the integral.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained", sharey=True)
for ax, found, name in zip(axes, estimates, ("mixture", "Beta(2, 5)"), strict=True):
    for size, column in zip(sizes, found, strict=True):
        places = size * (1.3 ** (torch.rand(runs, generator=rng) - 0.5))
        ax.plot(places, column, "C0.", ms=2, alpha=0.5, rasterized=True)
    ax.axhline(truth, color="C3")
    ax.set(xscale="log", xlabel="points", title=name, ylim=(-0.5, 2.5))
axes[0].set(ylabel="estimate of the integral")
fig.set_label(
    "Estimates close in on the line in the first panel, hardly in the second."
)
plt.show()
