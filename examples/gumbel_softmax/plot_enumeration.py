r"""
# Summing over all codes stops at some twenty bits

Each bit doubles the cost of the exact expectation; the error of sampling does not grow.

[Eq. (enumeration)](../../notes/gumbel_softmax.md) has $K^M$ terms. For a hundred bits
that is $2^{100} \approx 1.3 \cdot 10^{30}$, and no computer gets through them.
"""

import math
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
# The function is the squared mean of the bits. Sampling draws a thousand codes,
# whatever their length. Its error is measured against the exact sum, over 100
# repetitions.

seconds, spread = [], []
for m in bits:
    logits = torch.linspace(-1, 1, 2 * m, dtype=torch.float64).reshape(m, 2)
    start = time.perf_counter()
    exact = exact_expectation(lambda z: z[..., 1].mean(-1) ** 2, logits)
    seconds.append(time.perf_counter() - start)
    codes = sample_codes(logits, 100 * samples, generator=generator)
    estimates = (codes[..., 1].mean(-1) ** 2).reshape(100, samples).mean(-1)
    spread.append(((estimates - exact) ** 2).mean().sqrt().item())

# %%
# ## See the wall
#
# The left axis is logarithmic: a straight line is exponential growth. On the right,
# the error of a thousand samples even falls, because the mean of more bits varies
# less.

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
left.semilogy(bits, [2**m for m in bits], "o-", color="C0")
left.set(title="Terms of the exact sum", xlabel="bits", ylabel="terms")
right.plot(bits, spread, "o-", color="C1")
right.set(title="Error of 1000 samples", xlabel="bits", ylabel="root mean square error")
right.set_ylim(bottom=0)
fig.set_label(
    "Left: the number of terms grows exponentially with the bits. Right: the error of "
    "a thousand samples falls slowly."
)
plt.show()

# %%
# ## Extrapolate
#
# At the speed of the longest sum here, a hundred bits take longer than the universe
# has existed, about $1.4 \cdot 10^{10}$ years.

rate = 2 ** bits[-1] / seconds[-1]  # terms per second
years = 2**100 / rate / (365.25 * 24 * 3600)
print(f"{rate:.2g} terms per second")
record("gumbel_softmax/enumeration-years-power-of-ten", math.floor(math.log10(years)))
record("gumbel_softmax/sampling-error-18-bits", spread[-1])
