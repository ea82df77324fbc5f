r"""
# What small parts add to a layer

Rotary codes, a token more, and connectors, timed beside one layer on 1,024 tokens.

Among them [Eq. (rotary)](../../notes/flexible_vit.md) and
[Eq. (resampler)](../../notes/flexible_vit.md).
"""

from time import perf_counter

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.blocks.encoder import EncoderLayer
from dlnotes.flexible_vit.connectors import Resampler, unshuffle_tokens
from dlnotes.flexible_vit.contrast import sigmoid_loss
from dlnotes.flexible_vit.rotary import rotate_places
from dlnotes.ledger import record

rng, dim, side, rounds = torch.Generator().manual_seed(0), 192, 32, 30
tokens = torch.randn(2, side**2 + 1, dim, generator=rng)
heads = torch.randn(2, 3, side**2, dim // 3, generator=rng)
places = torch.cartesian_prod(*[torch.arange(float(side))] * 2).T
layer, resampler = EncoderLayer(dim, 3).eval(), Resampler(dim, 64)
joined = nn.Linear(4 * dim, dim)
pair = F.normalize(torch.randn(2, 512, 512, generator=rng), dim=-1)

# %%
# ## Take turns
#
# Thirty rounds, every other one in the opposite order. What counts is the median of
# their ratios; its error is half the distance of the two quantiles around it between
# which the true median lies two times of three.

calls = {
    "layer": lambda: layer(tokens[:, 1:]),
    "token": lambda: layer(tokens),
    "rotary": lambda: [rotate_places(heads, *places) for _ in ("queries", "keys")],
    "unshuffle": lambda: joined(unshuffle_tokens(tokens[:, 1:], (side, side), 2)),
    "resampler": lambda: resampler(tokens[:, 1:]),
    "sigmoid": lambda: sigmoid_loss(*pair),
    "softmax": lambda: F.cross_entropy(10 * pair[0] @ pair[1].T, torch.arange(512)),
}
left = resampler(tokens[:, 1:]).shape[1]
record("flexible_vit/tokens-resampled", left, exact=True)
times = torch.zeros(len(calls), rounds)
with torch.no_grad():
    for turn in range(rounds):
        for row, call in list(enumerate(calls.values()))[:: 1 - 2 * (turn % 2)]:
            start = perf_counter()
            call()
            times[row, turn] = perf_counter() - start
around = torch.tensor([0.5 - 0.5 / rounds**0.5, 0.5, 0.5 + 0.5 / rounds**0.5])
for name in ("token", "rotary", "unshuffle", "resampler", "sigmoid"):
    row, base = list(calls).index(name), 6 if name == "sigmoid" else 0
    low, middle, high = (times[row] / times[base]).quantile(around)
    record(f"flexible_vit/time-{name}", middle, error=(high - low) / 2, unit="×")

# %%
# Shorter is cheaper. The first bar is the layer itself, the second the same with one
# token more.

fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
names = ["a layer", "a token more", "rotary codes", "squares joined", "resampler"]
ax.barh(names, 1e3 * times[:5].median(1).values)
ax.set(xlabel="time (ms)", ylabel="part")
ax.invert_yaxis()
fig.set_label("Five bars: two long ones of nearly one length, and three short ones.")
plt.show()
