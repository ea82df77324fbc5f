r"""
# A batch normalization forgets a new bias one batch at a time

In eval mode a bias acts until the running mean has caught up with it.

The gap is known, [Eq. (running-mean-gap)](../../notes/bias.md): with a momentum of 0.1,
nine tenths of it survive each batch in train mode.
"""

from copy import deepcopy

import matplotlib.pyplot as plt
import torch
from torch import nn

from dlnotes.bias.normalization import batch_norm_affine, running_mean_gap
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
bias = torch.tensor([2.0], dtype=torch.float64)
x = torch.randn(64, 1, dtype=torch.float64, generator=generator)
momenta = (0.01, 0.1, 0.5)

# %%
# ## Let two layers see the same batches, one of them shifted
#
# After each batch both are asked in eval mode, and the largest difference between
# their outputs is noted.

layers = []
measured, predicted = torch.zeros(2, len(momenta), 41, dtype=torch.float64)
for k, momentum in enumerate(momenta):
    plain, shifted = (nn.BatchNorm1d(1, momentum=momentum).double() for _ in range(2))
    for t in range(41):
        gap = shifted.eval()(x + bias) - plain.eval()(x)
        measured[k, t] = gap.detach().abs().max()
        predicted[k, t] = running_mean_gap(bias, plain, batches=t).item()
        batch = torch.randn(32, 1, dtype=torch.float64, generator=generator)
        layers += [deepcopy(plain)] if t == 40 else []
        trained = shifted.train()(batch + bias) - plain.train()(batch)

# %%
# Look at the slopes: straight lines on a logarithmic axis, with dots on them. In train
# mode the same two layers differ by rounding only.

fig, ax = plt.subplots(figsize=(6, 3.3), layout="constrained")
fig.set_label(
    "Effect of a bias in eval mode against the number of batches seen in train mode, "
    "on a logarithmic scale, for three momenta. The effect falls along straight lines, "
    "faster for a larger momentum, and measured dots lie on them."
)
for k, momentum in enumerate(momenta):
    ax.semilogy(predicted[k], f"C{k}", label=f"momentum {momentum}")
    ax.semilogy(range(0, 41, 4), measured[k, ::4], f"C{k}o", ms=4)
ax.set(xlabel="batches in train mode", ylabel="change of the output, eval mode")
ax.set_ylim(bottom=1e-6)
ax.legend()
plt.show()

# The share that is left does not depend on the scale of the layer.
scale, _ = batch_norm_affine(layers[1])
record("bias/running-mean-error", (measured - predicted).abs().max(), exact=True)
record("bias/running-mean-start", measured[1, 0], exact=True)
left = (measured[1, 40] / (scale * bias)).item()
record("bias/running-mean-share-after-forty", left, exact=True)
record("bias/running-mean-train", trained.detach().abs().max(), exact=True)
