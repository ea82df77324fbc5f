r"""
# Two recursions meet in one number

From the top down or from the input up, the receptive field comes out the same.

[Eq. (top-down)](../../notes/receptive_field.md) starts with one unit of the last layer
and asks what it reads, layer by layer.
[Eq. (bottom-up)](../../notes/receptive_field.md) starts with one pixel and lets the
field grow. Here they walk through seven layers.
"""

import matplotlib.pyplot as plt

from dlnotes.ledger import record
from dlnotes.receptive_field.chains import after_each, closed_form, jump, top_down
from dlnotes.receptive_field.layers import Layer

conv, pool = Layer(3), Layer(2, 2)
layers = [conv, pool, conv, pool, conv, conv, conv]
names = ["conv", "pool", "conv", "pool", "conv", "conv", "conv"]

# %%
# ## Walk both ways
#
# Downwards, the number at a layer counts units of the map below it; only the last one
# counts pixels. Upwards, every number counts pixels and is the field of its layer.

growing = after_each(layers)
shrinking = [top_down(layers[i:]) for i in range(len(layers))]
for i, name in enumerate(names):
    step = jump(layers[:i])
    print(f"{name}: {growing[i]:3} pixels; adds kernel - 1 at a jump of {step}")
print(f"the sum of Eq. (closed-form): {closed_form(layers)}")
record("receptive_field/seven-layers-top-down", top_down(layers), exact=True)
record("receptive_field/seven-layers-bottom-up", growing[-1], exact=True)

# %%
# ## See them meet
#
# Look at the two ends: the falling line reaches at the input what the rising line
# reaches at the top. In between they count different things.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ticks = range(len(layers) + 1)
ax.plot(ticks, [1, *growing], "o-", label="bottom-up: pixels seen by a unit here")
ax.plot(ticks, [*shrinking, 1], "s--", label="top-down: units here seen from the top")
ax.axhline(closed_form(layers), color="0.5", linestyle=":", label="sum")
ax.set_xticks(ticks, ["input", *names])
ax.set(title="One unit, from both ends", ylabel="pixels or units")
ax.set_ylim(-1, 48)
ax.legend(loc="upper center", fontsize="small")
fig.set_label(
    "Receptive field through seven layers: one line rises from 1 at the input, one "
    "falls to 1 at the last layer, and both end at the same height."
)
plt.show()
