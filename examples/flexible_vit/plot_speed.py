r"""
# What fewer tokens and smaller windows save, counted and timed

One layer that reads a map of 32 by 32 tokens, and three ways to make it cheaper.

Counts are those of [Eq. (layer-cost)](../../notes/vit.md) and of
[Eq. (window-cost)](../../notes/flexible_vit.md).
"""

from time import perf_counter

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.encoder import EncoderLayer
from dlnotes.flexible_vit.merging import merge_tokens, proportional_bias
from dlnotes.flexible_vit.windows import WindowLayer, window_multiply_adds
from dlnotes.ledger import record
from dlnotes.vit.sizes import layer_multiply_adds

dim, heads, side, rounds = 192, 3, 32, 15
rng = torch.Generator().manual_seed(0)
layer = EncoderLayer(dim, heads).eval()
in_windows = WindowLayer(dim, heads, 8, shift=4).eval()
tokens = torch.randn(2, side**2, dim, generator=rng)
maps, quarter = tokens.view(2, side, side, dim), tokens[:, : side**2 // 4]
ones = torch.ones(2, side**2)

# %%
# ## Take turns
#
# Fifteen rounds; the shortest time of each counts. The time of merging belongs to it.

names = ["all to all", "windows of 8", "half of them merged", "patches twice as large"]
times = torch.zeros(len(names), rounds)
with torch.no_grad():
    for turn in range(rounds):
        marks = [perf_counter()]
        layer(tokens)
        marks.append(perf_counter())
        in_windows(maps)
        marks.append(perf_counter())
        merged, sizes = merge_tokens(tokens, tokens, ones, side**2 // 2)
        layer(merged, bias=proportional_bias(sizes)[:, None])
        marks.append(perf_counter())
        layer(quarter)
        marks.append(perf_counter())
        times[:, turn] = torch.tensor(marks, dtype=torch.float64).diff()

# %%
# ## Beside the counts
#
# How many times cheaper than attention of all to all; errors are over the rounds.

half, fourth = (layer_multiply_adds(side**2 // k, dim) for k in (2, 4))
whole = layer_multiply_adds(side**2, dim)
inside = window_multiply_adds(side, side, dim, 8) + 8 * side**2 * dim**2
counted = [whole / count for count in (whole, inside, half, fourth)]
timed = times[0].min() / times.min(1).values
errors = (times[0] / times).std(1) / rounds**0.5
for k, word in enumerate(("windows", "merged", "large"), start=1):
    record(f"flexible_vit/counted-{word}", counted[k], exact=True, unit="×")
    record(f"flexible_vit/timed-{word}", timed[k], error=errors[k], unit="×")

# %%
# Bars in pairs. Time follows the count roughly; windows and merging also move tokens
# about, which is not counted.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
places = torch.arange(4.0)
ax.barh(places - 0.2, counted, 0.36, label="by count")
ax.barh(places + 0.2, timed, 0.36, label="by time")
ax.set(xlabel="times cheaper than all to all", yticks=range(4))
ax.set_yticklabels(names)
ax.invert_yaxis()
ax.legend()
fig.set_label("Pairs of bars, by count and by time: one, then larger and larger.")
plt.show()
