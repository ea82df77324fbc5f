r"""
# Cost grows with the square of the tokens, but late

One layer of size S, in seconds of the processor and [as counted](../../notes/vit.md).
"""

from time import process_time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.autograd.graph import saved_tensors_hooks

from dlnotes.blocks.attention import attend, fused_attend
from dlnotes.blocks.encoder import EncoderLayer
from dlnotes.ledger import record
from dlnotes.vit.sizes import layer_multiply_adds

dim, heads = 384, 6
layer = EncoderLayer(dim, heads).eval()
tokens = [64, 128, 256, 512, 1024, 2048]
rng = torch.Generator().manual_seed(0)

# %%
# Five rounds over all lengths; the shortest time of each counts.

times = torch.full((2, len(tokens), 5), torch.inf)
with torch.no_grad():
    for turn in range(5):
        for k, count in enumerate(tokens):
            x = torch.randn(1, count, dim, generator=rng)
            split = x.view(1, count, heads, -1).transpose(1, 2)
            start = process_time()
            fused_attend(split, split, split)
            middle = process_time()
            layer(x)
            times[0, k, turn] = middle - start
            times[1, k, turn] = process_time() - middle

# %%
# Slopes between 512 and 2048 tokens, in logarithms. Errors: each round fitted alone.

logs = np.log(tokens[3:])
for name, rounds in zip(("attention", "layer"), times[:, 3:], strict=True):
    slopes = np.polyfit(logs, np.log(rounds.numpy()), 1)[0]
    best = np.polyfit(logs, np.log(rounds.min(1).values.numpy()), 1)[0]
    record(f"vit/exponent-{name}", best, error=slopes.std(ddof=1) / 5**0.5)
counts = [layer_multiply_adds(count, dim) for count in tokens]
record("vit/exponent-count", np.polyfit(logs, np.log(counts[3:]), 1)[0], exact=True)
record("vit/tokens-where-equal", 6 * dim, exact=True)

# %%
# Bytes kept for the gradient, where attention is written out and where it is fused.

sizes, ends = [(1, heads, count, dim // heads) for count in tokens], []
inputs = [torch.randn(size, generator=rng).double().requires_grad_() for size in sizes]
for name, function in (("written-out", attend), ("fused", fused_attend)):
    kept = []
    for x in inputs:
        found = []
        with saved_tensors_hooks(lambda t, f=found: f.append(t) or t, lambda t: t):
            result = function(x, x, x)
        kept.append(sum({t.data_ptr(): t.nbytes for t in found}.values()))
    ends.append((result.detach(), kept[-1]))
    slope = np.polyfit(logs, np.log(kept[3:]), 1)[0]
    record(f"vit/memory-{name}", slope, exact=True)
record("vit/memory-ratio", ends[0][1] / ends[1][1], exact=True, unit="×")
record("vit/fused-gap", (ends[0][0] - ends[1][0]).abs().max(), exact=True)

# %%
# Two lines in logarithms: the layer starts flatter, and both become steeper.

fig, ax = plt.subplots(figsize=(5.5, 3.2), layout="constrained")
for row, name in enumerate(("attention alone", "layer")):
    ax.loglog(tokens, 1e3 * times[row].min(1).values, "o-", label=name)
ax.set(xlabel="tokens", ylabel="time (ms)")
ax.legend()
fig.set_label("Times of attention and of a layer against the number of tokens.")
plt.show()
