r"""
# Some normalizations swallow a bias, in some modes

The same convolution, the same change of its bias, ten things that may come after it.

A bias is inert, [Eq. (inert)](../../notes/bias.md), if the normalization after it
subtracts a mean over exactly one channel, and computes it now.
"""

from copy import deepcopy

import matplotlib.pyplot as plt
import torch
from torch import nn

from dlnotes.bias.inertness import bias_effect, bias_slope
from dlnotes.ledger import record

# One input and one set of weights, all from a wave: no chance has a part in it.
wave = torch.arange(1, 3001, dtype=torch.float64).square().sin()
x = wave[: 8 * 3 * 8 * 8].view(8, 3, 8, 8)
shift = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
tails = {
    "batch norm": [nn.BatchNorm2d(4)],
    "batch norm, no running statistics": [nn.BatchNorm2d(4, track_running_stats=False)],
    "instance norm": [nn.InstanceNorm2d(4)],
    "instance norm, running statistics": [
        nn.InstanceNorm2d(4, track_running_stats=True)
    ],
    "group norm, 1 channel a group": [nn.GroupNorm(4, 4)],
    "max pooling, batch norm": [nn.MaxPool2d(2), nn.BatchNorm2d(4)],
    "group norm, 2 channels a group": [nn.GroupNorm(2, 4)],
    "layer norm": [nn.GroupNorm(1, 4)],
    "RMS norm": [nn.RMSNorm((4, 8, 8))],
    "ReLU, batch norm": [nn.ReLU(), nn.BatchNorm2d(4)],
}

# %%
# ## Change the bias, look at the output
#
# In double precision, so that rounding leaves about $10^{-15}$.

changes, slopes = torch.zeros(2, 2, len(tails), dtype=torch.float64)
for k, tail in enumerate(tails.values()):
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), *tail).double()
    with torch.no_grad():
        for parameter in model[0].parameters():
            parameter.copy_(wave[-parameter.numel() :].view_as(parameter) / 2)
    for mode, training in enumerate((True, False)):
        model.train(training)
        changes[mode, k] = bias_effect(model, "0.bias", shift, x)
        shape = deepcopy(model)(x).shape
        probe = wave[-shape.numel() :].view(shape)
        slopes[mode, k] = bias_slope(model, "0.bias", x, probe).abs().max()

# %%
# Look for rows whose points lie far apart: there, the mode decides.

fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
fig.set_label(
    "Largest change of the output, on a logarithmic scale, for ten layers after a "
    "convolution, in train and in eval mode. Batch norm is at rounding level in train "
    "mode and far above it in eval mode; group, layer and RMS norm are far above it in "
    "both."
)
for mode, (name, marker) in enumerate((("train mode", "o"), ("eval mode", "x"))):
    drawn = changes[mode].clamp(min=1e-17)
    ax.semilogx(drawn, range(len(tails)), f"C{mode}{marker}", label=name, ms=8)
ax.set_yticks(range(len(tails)), tails, fontsize=8)
ax.invert_yaxis()
ax.set(xlabel="largest change of the output")
ax.legend(loc="lower left")
plt.show()

train, evaluation = changes
record("bias/inert-change", train[:6].max(), exact=True)
record("bias/inert-slope", slopes[0][:6].max(), exact=True)
record("bias/batch-norm-eval-change", evaluation[0], exact=True)
record("bias/acting-change", train[6:9].min(), exact=True)
record("bias/relu-change", train[9], exact=True)
