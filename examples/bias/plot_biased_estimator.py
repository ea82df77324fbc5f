r"""
# A biased estimator can be the better one

Dividing a variance by N is wrong on average, and nearer to the truth all the same.

This is the statistical meaning of the word,
[Eq. (estimator-bias)](../../notes/bias.md), and how it adds up with the variance,
[Eq. (bias-variance)](../../notes/bias.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.bias.estimators import decompose_error, estimator_bias, variance_bias
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
samples = torch.randn(200_000, 5, dtype=torch.float64, generator=generator)
squares = (samples - samples.mean(1, keepdim=True)).square().sum(1)
divisors = torch.linspace(3, 10, 29, dtype=torch.float64)

# %%
# ## Estimate a variance of 1 from five normal numbers
#
# Whatever the sum of squares is divided by, the error has two parts.

parts = torch.stack(
    [torch.stack(decompose_error(squares / divisor, 1.0)) for divisor in divisors]
)  # (29, 3)

# %%
# Look for the lowest point: not where there is no bias, but further to the right.
# Dotted are the divisors 4, 5 and 6.

fig, ax = plt.subplots(figsize=(6, 3.3), layout="constrained")
fig.set_label(
    "Mean squared error of a variance estimated from five numbers, against what the "
    "sum of squares is divided by. The squared bias touches 0 at "
    f"{divisors[parts[:, 1].argmin()]:.3g}, variance falls, and their sum is lowest at "
    f"{divisors[parts[:, 0].argmin()]:.3g}."
)
names = ("mean squared error", "squared bias", "variance")
for k, (name, curve) in enumerate(zip(names, parts.T, strict=True)):
    ax.plot(divisors, curve, f"C{k}", label=name)
for divisor in (4, 5, 6):
    ax.axvline(divisor, color="0.5", linestyle=":", lw=0.8)
ax.set(xlabel="divisor", ylabel="squared error")
ax.legend()
plt.show()

# %%
# ## Compare with what is known

for divisor, name in ((5, "n"), (4, "n-minus-one")):
    bias = estimator_bias(squares / divisor, 1.0)
    known = variance_bias(1.0, count=5) if divisor == 5 else 0.0
    record(f"bias/variance-bias-{name}", bias.value, error=bias.error)
    off = (squares / divisor - 1).square()
    error = off.std() / len(off) ** 0.5
    record(f"bias/variance-error-{name}", off.mean(), error=error)
    print(f"divided by {divisor}: bias {bias.value:+.4f}, known {known:+.4f}")

# %%
# ## Find the lowest point without a grid
#
# The mean of $(s / d - 1)^2$ is least where $d$ is the mean of $s^2$ over the mean of
# $s$. The error of this ratio is that of the mean of $s^2 - d s$, over the mean of $s$.

best = squares.square().mean() / squares.mean()
error = (squares.square() - best * squares).std() / len(squares) ** 0.5
record("bias/best-divisor", best, error=error / squares.mean())
