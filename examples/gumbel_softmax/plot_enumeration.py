r"""
# Summing over all codes is for a few bits only

Each bit doubles the cost of the exact expectation; the error of sampling does not grow.

[Eq. (enumeration)](../../notes/gumbel_softmax.md) has $K^M$ terms. For a hundred bits
that is $2^{100} \approx 1.3 \cdot 10^{30}$, and no computer gets through them.
"""

import math
import statistics
import time

import matplotlib.pyplot as plt
import torch

from dlnotes.gumbel_softmax.enumeration import exact_expectation
from dlnotes.gumbel_softmax.vae import sample_codes
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
bits = list(range(2, 19, 2))
samples = 1000

# %%
# ## Pay for each bit
#
# The function is the squared mean of the bits. Sampling draws a thousand codes. Its
# error, measured 100 times, should be the function's standard deviation over the root
# of a thousand, which the exact sum gives too.

measured, predicted = [], []
for m in bits:
    logits = torch.linspace(-1, 1, 2 * m, dtype=torch.float64).reshape(m, 2)
    exact = exact_expectation(lambda z: z[..., 1].mean(-1) ** 2, logits)
    square = exact_expectation(lambda z: z[..., 1].mean(-1) ** 4, logits)
    predicted.append(((square - exact**2) / samples).sqrt().item())
    codes = sample_codes(logits, 100 * samples, generator=generator)
    estimates = (codes[..., 1].mean(-1) ** 2).reshape(100, samples).mean(-1)
    measured.append((estimates - exact) ** 2)  # (100,)
errors = [off.mean().sqrt() for off in measured]

# %%
# ## See the wall
#
# First, terms on a logarithmic axis: a straight line is exponential growth. Second, the
# error of a thousand samples even falls, because the mean of more bits varies less.

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
left.semilogy(bits, [2**m for m in bits], "o-", color="C0")
left.set(title="Terms of the exact sum", xlabel="bits", ylabel="terms")
right.plot(bits, predicted, color="C1", label="exact")
right.plot(bits, errors, "o", color="C1", label="measured")
right.legend()
right.set(title="Error of 1000 samples", xlabel="bits", ylabel="root mean square error")
right.set_ylim(bottom=0)
fig.set_label(
    "First: the number of terms grows exponentially with the bits. Second: the error "
    "of a thousand samples falls slowly."
)
plt.show()

# %%
# ## Extrapolate
#
# At the speed of the longest sum, timed ten times, a hundred bits take longer than the
# universe has existed, about $1.4 \cdot 10^{10}$ years.

logs = []  # to base 10, of the years
for _ in range(10):
    start = time.perf_counter()
    exact_expectation(lambda z: z[..., 1].mean(-1) ** 2, logits)
    years = (time.perf_counter() - start) * 2 ** (100 - bits[-1]) / (365.25 * 24 * 3600)
    logs.append(math.log10(years))
mean, error = statistics.mean(logs), statistics.stdev(logs) / 10**0.5
record("gumbel_softmax/enumeration-years-power-of-ten", mean, error=error)
# The error of a root is that of the square over twice the root.
error = measured[-1].std() / 10 / (2 * errors[-1])
record("gumbel_softmax/sampling-error-18-bits", errors[-1], error=error)
record("gumbel_softmax/sampling-error-2-bits", predicted[0], exact=True)
