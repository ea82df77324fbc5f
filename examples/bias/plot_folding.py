r"""
# A folded network does the same with fewer layers

Batch normalizations disappear into the convolutions before them; the outputs stay.

The layers of [Eq. (fold)](../../notes/bias.md) are counted exactly, and timed by turns,
because a machine is never equally busy twice.
"""

from copy import deepcopy
from time import perf_counter

import matplotlib.pyplot as plt
import torch
from torch import nn

from dlnotes.bias.folding import fold_batch_norm
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
layers = []
for before, after in ((3, 16), (16, 32), (32, 32), (32, 64), (64, 64)):
    conv = nn.Conv2d(before, after, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(conv.weight, generator=generator)
    layers += [conv, nn.BatchNorm2d(after), nn.ReLU()]
model = nn.Sequential(*layers)
for _ in range(20):  # running statistics of real batches
    model(torch.randn(8, 3, 16, 16, generator=generator))
model.eval()
x = torch.randn(8, 3, 32, 32, generator=generator)

# %%
# ## Fold and compare
#
# Equal outputs in double precision, fewer numbers, and no normalization left.

folded, wide = fold_batch_norm(model), deepcopy(model).double()
with torch.no_grad():
    expected = wide(x.double())
    gap = (fold_batch_norm(wide)(x.double()) - expected).abs() / expected.max()
record("bias/folding-gap", gap.max(), exact=True)
for name, network in (("before", model), ("after", folded)):
    stored = sum(value.numel() for value in network.state_dict().values())
    norms = sum(isinstance(part, nn.BatchNorm2d) for part in network)
    record(f"bias/folding-numbers-{name}", stored, exact=True)
    record(f"bias/folding-norms-{name}", norms, exact=True)

# %%
# ## Take turns
#
# Forty rounds; in each, both networks run twice, in alternating order.

times = torch.zeros(2, 40)
with torch.no_grad():
    for turn in range(40):
        for k in (0, 1) if turn % 2 else (1, 0):
            start = perf_counter()
            for _ in range(2):
                (model, folded)[k](x)
            times[k, turn] = (perf_counter() - start) / 2 * 1e3
ratios = times[0] / times[1]
# The error of the median: its spread over forty rounds drawn from these, with return.
draws = torch.randint(40, (1000, 40), generator=generator)
error = ratios[draws].median(1).values.std()
record("bias/folding-speedup", ratios.median(), error=error, unit="×")

# %%
# Look at how far the dots of one color spread, then at the lines, their medians.

fig, ax = plt.subplots(figsize=(6.5, 3), layout="constrained")
fig.set_label(
    "Time of one forward pass before and after folding, in forty alternating rounds, "
    "with their medians. The times after folding tend to be lower; both scatter."
)
for k, name in enumerate(("before folding", "after folding")):
    ax.plot(times[k], f"C{k}.", label=name)
    ax.axhline(times[k].median(), color=f"C{k}", lw=1)
ax.set(xlabel="round", ylabel="time (ms)", ylim=(0, 2 * times[0].median().item()))
ax.legend()
plt.show()
