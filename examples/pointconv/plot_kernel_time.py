r"""
# How the time of the two forms grows

The naive form takes time for every product of neighbors, channels and outputs.

The forms are those of [Eq. (factorized)](../../notes/pointconv.md) and of
[Eq. (efficient)](../../notes/pointconv.md).
"""

from time import process_time

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.pointconv.continuous import point_convolution
from dlnotes.pointconv.efficient import efficient_convolution, factorized_kernel

ways = {
    "naive": lambda x, h, last: point_convolution(x, factorized_kernel(h, last)),
    "efficient": efficient_convolution,
}
rng = torch.Generator().manual_seed(0)

# %%
# ## Take turns
#
# Processor time, forward and with gradients, while one of three sizes doubles twice.

base, rounds = {"K": 16, "C": 16, "O": 16}, 7
times = torch.zeros(3, 2, 3, rounds)  # what grows, form, size, round
for turn in range(rounds):
    for row, grown in enumerate(base):
        for step in range(3):
            k, c, o = (n * 2 ** (step * (grown == size)) for size, n in base.items())
            shapes = (4, 64, k, c), (4, 64, k, 32), (32, c, o)
            given = [torch.randn(s, generator=rng).requires_grad_() for s in shapes]
            for column, way in enumerate(ways.values()):
                start = process_time()
                for _ in range(3):
                    torch.autograd.grad(way(*given).sum(), given)
                times[row, column, step, turn] = process_time() - start

slopes = (times[:, :, 2, 1:] / times[:, :, 0, 1:]).log2() / 2  # the first warms up
for row, grown in enumerate(base):
    for name, found in zip(ways, slopes[row], strict=True):
        words = f"pointconv/exponent-{name}-{grown.lower()}"
        record(words, found.mean(), error=found.std() / (rounds - 1) ** 0.5)
gain = times[:, 0, :, 1:].sum((0, 1)) / times[:, 1, :, 1:].sum((0, 1))
record("pointconv/gain-in-time", gain.mean(), error=gain.std() / (rounds - 1) ** 0.5)

# %%
# Panels: neighbors, channels and outputs grow. Both axes are logarithmic.

fig, axes = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained", sharey=True)
for ax, found, grown in zip(axes, times[..., 1:].median(-1).values, base, strict=True):
    for name, seconds, style in zip(ways, found, ("C1s-", "C0o-"), strict=True):
        ax.loglog([16, 32, 64], seconds / 3, style, label=name)
    ax.set(xlabel=f"{grown}, others 16", xticks=[16, 32, 64], xticklabels=[16, 32, 64])
    ax.minorticks_off()
axes[0].set(ylabel="processor time (s)")
axes[0].legend()
fig.set_label(
    "In three panels the line of the naive form is above, in the one for O far steeper."
)
plt.show()
