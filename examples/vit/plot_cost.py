r"""
# Cost grows with the square of the tokens, but late

One layer of size S, with more and more tokens, timed and counted.

The count is [Eq. (layer-cost)](../../notes/vit.md).
"""

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import torch

from dlnotes.blocks.attention import attend, fused_attend
from dlnotes.blocks.encoder import EncoderLayer
from dlnotes.ledger import record
from dlnotes.vit.sizes import layer_multiply_adds

dim, heads = 384, 6
layer = EncoderLayer(dim, heads).eval()
tokens = [64, 128, 256, 512, 1024, 2048]
rng = torch.Generator().manual_seed(0)

# %%
# ## Take turns
#
# Five rounds over all lengths; the shortest time of each counts. Attention alone, and
# the whole layer.

times = torch.full((2, len(tokens), 5), torch.inf)
with torch.no_grad():
    for turn in range(5):
        for k, count in enumerate(tokens):
            x = torch.randn(1, count, dim, generator=rng)
            split = x.view(1, count, heads, -1).transpose(1, 2)
            start = perf_counter()
            fused_attend(split, split, split)
            middle = perf_counter()
            layer(x)
            times[0, k, turn] = middle - start
            times[1, k, turn] = perf_counter() - middle

# %%
# ## Fit exponents
#
# Slopes between 512 and 2048 tokens, in logarithms. Errors: each round fitted alone.

logs = np.log(tokens[3:])
for name, rounds in zip(("attention", "layer"), times[:, 3:], strict=True):
    slopes = np.polyfit(logs, np.log(rounds.numpy()), 1)[0]
    best = np.polyfit(logs, np.log(rounds.min(1).values.numpy()), 1)[0]
    record(f"vit/exponent-{name}", best, error=slopes.std(ddof=1))
counts = [layer_multiply_adds(count, dim) for count in tokens]
record("vit/exponent-count", np.polyfit(logs, np.log(counts[3:]), 1)[0], exact=True)
record("vit/tokens-where-equal", 6 * dim, exact=True)

# %%
# ## Memory
#
# Written out, attention keeps a number for each pair of tokens. Compared to its output:

query = torch.randn(1, heads, 1024, dim // heads, generator=rng).double()
table = (query @ query.mT).numel()
same = (attend(query, query, query) - fused_attend(query, query, query)).abs().max()
record("vit/table-to-output", table / query.numel(), exact=True, unit="×")
record("vit/fused-gap", same, exact=True)

# %%
# Two lines in logarithms: the layer starts flatter, and both become steeper.

fig, ax = plt.subplots(figsize=(5.5, 3.2), layout="constrained")
for row, name in zip(
    times.min(2).values * 1e3, ("attention alone", "layer"), strict=True
):
    ax.loglog(tokens, row, "o-", label=name)
ax.set(xlabel="tokens", ylabel="time (ms)")
ax.legend()
fig.set_label("Times of attention and of a layer against the number of tokens.")
plt.show()
