r"""
# Attention ignores its key bias, until positions rotate the keys

Softmax drops whatever is the same for every key, and a bias is, unless it is rotated.

The scores are multiplied out as in [Eq. (score-terms)](../../notes/bias.md), with and
without the rotation of [Eq. (rotary)](../../notes/bias.md).
"""

from copy import deepcopy

import matplotlib.pyplot as plt
import torch
from torch import nn

from dlnotes.bias.attention import fold_attention_biases, rotate, score_terms
from dlnotes.ledger import record

# One layer and one input, all from a wave: no chance has a part in it.
wave = torch.arange(1, 1001, dtype=torch.float64).square().sin()
attention = nn.MultiheadAttention(16, 2, batch_first=True).double().eval()
with torch.no_grad():
    for parameter in attention.parameters():
        parameter.copy_(wave[: parameter.numel()].view_as(parameter) / 2)
tokens = wave[-4 * 12 * 16 :].view(4, 12, 16)

# %%
# ## Change one bias of torch's attention at a time
#
# By the same vector each. The last line moves the value bias into the output bias.

with torch.no_grad():
    expected, _ = attention(tokens, tokens, tokens)
    for k, name in enumerate(("query", "key", "value", "output")):
        changed = deepcopy(attention)
        stacked = [*changed.in_proj_bias.chunk(3), changed.out_proj.bias]
        stacked[k] += wave[100:116]
        actual, _ = changed(tokens, tokens, tokens)
        gap = (actual - expected).abs().max()
        record(f"bias/attention-{name}-change", gap, exact=True)
    folded, _ = fold_attention_biases(attention)(tokens, tokens, tokens)
record("bias/attention-fold-gap", (folded - expected).abs().max(), exact=True)

# %%
# ## Rotate queries and keys by their positions
#
# One head. The key bias now adds to each score a number that depends on the distance.

q, k, (key_bias, *_) = 1.5 * wave[: 3 * 12 * 8].view(3, 12, 8)
at = torch.arange(12)
zero = torch.zeros_like(key_bias)
plain = score_terms(q, k, zero, key_bias).key_bias.expand(12, 12)
rotated = rotate(q, at) @ rotate(key_bias.expand(12, 8), at).T
weights = [
    [(scores / 8**0.5).softmax(1) for scores in (without, without + term)]
    for without, term in ((q @ k.T, plain), (rotate(q, at) @ rotate(k, at).T, rotated))
]

# %%
# Look along the rows: what is constant along a row, the softmax drops.

fig, axes = plt.subplots(1, 2, figsize=(6.5, 3.2), layout="constrained")
fig.set_label(
    "What a key bias adds to the score of each query with each key, as two images. "
    "Without rotation every row has one color. With rotation the colors change along "
    "the rows."
)
for ax, term, name in zip(axes, (plain, rotated), ("plain", "rotary"), strict=True):
    image = ax.imshow(term, cmap="viridis", vmin=-6, vmax=6)
    ax.set(xlabel="key", title=f"{name} attention")
    ax.set(xticks=range(0, 12, 3), yticks=range(0, 12, 3))
    ax.grid(visible=False)
axes[0].set_ylabel("query")
fig.colorbar(image, ax=axes, label="added to the score")
plt.show()

for (without, with_bias), name in zip(weights, ("plain", "rotary"), strict=True):
    record(f"bias/key-bias-{name}", (with_bias - without).abs().max(), exact=True)
