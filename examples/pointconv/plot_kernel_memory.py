r"""
# The efficient form holds no kernel for each neighbor

Bytes of both forms, counted at the sizes of the paper and measured at a size that fits.

Forms and counts are those of [Eq. (efficient)](../../notes/pointconv.md),
[Eq. (naive-memory)](../../notes/pointconv.md) and
[Eq. (efficient-memory)](../../notes/pointconv.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.profiler import ProfilerActivity, profile

from dlnotes.ledger import record
from dlnotes.pointconv.continuous import point_convolution
from dlnotes.pointconv.efficient import efficient_convolution, factorized_kernel
from dlnotes.pointconv.memory import efficient_bytes, naive_bytes, operand_bytes

ways = {
    "naive": lambda x, h, last: point_convolution(x, factorized_kernel(h, last)),
    "efficient": efficient_convolution,
}
rng = torch.Generator().manual_seed(0)

# %%
# ## By count
#
# For the paper's sizes: what the forms make, and that with what both are given.

naive = naive_bytes(32, 512, neighbors=32, channels=64, outputs=64)
sums = efficient_bytes(32, 512, channels=64, outputs=64, middle=32)
rest = operand_bytes(32, 512, neighbors=32, channels=64, middle=32)
record("pointconv/gib-naive", naive / 2**30, exact=True, unit="GiB")
record("pointconv/gib-efficient", sums / 2**30, exact=True, unit="GiB")
record("pointconv/ratio-counted", naive / sums, exact=True, unit="×")
record("pointconv/ratio-whole", (naive + rest) / (sums + rest), exact=True, unit="×")

# %%
# ## By measurement
#
# For two clouds of 64 points: the most that a call holds at one time of what it made.

held = {}
shapes = (2, 64, 32, 64), (2, 64, 32, 32), (32, 64, 64)
given = [torch.randn(shape, generator=rng).requires_grad_() for shape in shapes]
for name, way in ways.items():
    for words, slopes in (("forward", False), ("with-gradients", True)):
        what = {"activities": [ProfilerActivity.CPU], "profile_memory": True}
        with profile(**what) as seen, torch.set_grad_enabled(slopes):
            found = way(*given)
            found = torch.autograd.grad(found.sum(), given) if slopes else found
        events = [
            (e.start_ns(), e.nbytes())
            for e in seen.profiler.kineto_results.events()
            if e.name() == "[memory]"
        ]
        moves = torch.tensor([change for _, change in sorted(events)]).cumsum(0)
        held[name, words] = round(float(moves.max()) / 2**20, 2)
for (name, words), size in held.items():
    record(f"pointconv/mib-{name}-{words}", size, exact=True, unit="MiB")
for words in ("forward", "with-gradients"):
    ratio = held["naive", words] / held["efficient", words]
    record(f"pointconv/ratio-{words}", ratio, exact=True, unit="×")

# %%
# Pairs of bars for the two forms, on a logarithmic scale.

fig, ax = plt.subplots(figsize=(5.5, 2.8), layout="constrained")
for column, name in enumerate(ways):
    sizes = [held[name, words] for words in ("forward", "with-gradients")]
    places = torch.arange(2) + 0.4 * column
    ax.bar(places, sizes, 0.36, color=f"C{1 - column}", label=name)
ax.set(yscale="log", ylabel="memory (MiB)", xlabel="two clouds of 64 points")
ax.set_xticks(torch.arange(2) + 0.2, ["forward", "with gradients"])
ax.legend(loc="upper left", ncols=2)
ax.set_ylim(0.5, 10 * max(held.values()))
fig.set_label("Two pairs of bars; the bar of the efficient form is far lower in each.")
plt.show()
