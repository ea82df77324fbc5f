r"""
# A bias slides a unit along its input

The shape stays, the place changes: a unit with weight w and bias b turns on at -b / w.

The threshold of [Eq. (perceptron)](../../notes/bias.md) has moved to the other side and
changed its sign, so a larger bias makes a unit easier to fire.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.bias.perceptron import fires
from dlnotes.ledger import record

x = torch.arange(-600, 601, dtype=torch.float64) / 100
biases = [-2.0, 0.0, 2.0]
weight = torch.tensor([1.0], dtype=torch.float64)

# %%
# ## Slide three kinds of units
#
# Look at the dotted lines: all three kinds of units turn on at $-b$, and they do so
# earlier, the larger the bias.

units = {"step": None, "sigmoid": torch.sigmoid, "ReLU": torch.relu}
fig, axes = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained")
fig.set_label(
    "Output against input of a step unit, a sigmoid and a ReLU, each for the biases "
    "-2, 0 and 2. In every panel the curve moves to the left as the bias grows, and "
    "keeps its shape."
)
for ax, (name, unit) in zip(axes, units.items(), strict=True):
    for k, bias in enumerate(biases):
        y = unit(x + bias) if unit else fires(x[:, None], weight, bias).double()
        ax.plot(x, y, f"C{k}", label=f"b = {bias:g}")
        ax.axvline(-bias, color=f"C{k}", linestyle=":", lw=0.8)
    ax.set(xlabel="weighted input", ylabel="output", title=name)
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right")
plt.show()

# %%
# ## Compare a bias with a threshold
#
# Both sides of the equation, at every input, the threshold itself included: there
# neither fires.

mismatches = 0
for bias in biases:
    fired = fires(x[:, None], weight, bias)
    mismatches += int((fired != (x > -bias)).sum())
    print(f"bias {bias:+.0f}: fires from {x[fired][0]:.2f}, just above {-bias:+.0f}")
record("bias/threshold-mismatches", mismatches, exact=True)
