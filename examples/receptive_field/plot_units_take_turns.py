r"""
# In a U-Net neighbors see regions of different sizes

Halving and doubling again leaves sixteen kinds of units, with one jump of one pixel.

A transposed convolution is no convolution with a fractional stride: its outputs take
turns in what they read, [Eq. (transposed-window)](../../notes/receptive_field.md), and
[Eq. (field)](../../notes/receptive_field.md) keeps one region for each turn.
"""

import matplotlib.pyplot as plt

from dlnotes.ledger import record
from dlnotes.receptive_field.building import build
from dlnotes.receptive_field.graphs import follow
from dlnotes.receptive_field.measured import support
from dlnotes.receptive_field.networks import unet

field = follow(unet())
units = range(208, 208 + 2 * len(field.regions))
regions = [field.region(unit) for unit in units]
sizes = [last - first + 1 for first, last in regions]

# %%
# ## Gradients take turns as well
#
# The network as written down, with padding and four halvings, along one axis.

model = build(unet(), axes=1)
measured = [support(model, (1, 1, 448), [unit])[0] for unit in units]
print("formula and gradients agree:", measured == regions)
record("receptive_field/unet-kinds", len(field.regions), exact=True)
record("receptive_field/unet-smallest", min(sizes), exact=True)
record("receptive_field/unet-largest", max(sizes), exact=True)
record(
    "receptive_field/unet-agree", sum(map(tuple.__eq__, measured, regions)), exact=True
)

# %%
# ## See the turns
#
# Each bar is one unit, its cross the pixel the unit stands for. Look at how the bars
# keep their place for a while and then jump: units below the same unit of the deepest
# map see nearly the same.

fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
for unit, (first, last) in zip(units, regions, strict=True):
    color = f"C{unit // 16 % 2}"
    ax.plot([first, last + 1], [unit, unit], color=color, linewidth=2)
ax.plot([unit + 0.5 for unit in units], units, "x", color="C2", markersize=4)
ax.set(title="What 32 neighbors see", xlabel="position (pixels)", ylabel="unit")
fig.set_label(
    f"Thirty-two bars of {min(sizes)} to {max(sizes)} pixels in two groups of sixteen: "
    "within a group they overlap almost entirely, and the second lies further right."
)
plt.show()
