r"""
# Draw a unit where it looks, not where it is stored

Two layers on five pixels: a map keeps its place on the image, and units overlap.

A feature map is stored as a small grid. Drawn at the centers of what its units see,
[Eq. (center)](../../notes/receptive_field.md), it lies on the image like a coarse net.
The first example is the article's: 5 pixels, kernel 3, stride 2, padding 1, twice.
"""

import matplotlib.pyplot as plt

from dlnotes.ledger import record
from dlnotes.receptive_field.building import build
from dlnotes.receptive_field.chains import after_each, center, jump, region
from dlnotes.receptive_field.layers import Layer, output_size
from dlnotes.receptive_field.measured import support

# %%
# ## The article's first example
#
# First, each map as it is stored; second, each unit at its center, with a bar for what
# it sees. Look at the top unit: its bar is wider than the image, in grey.

layers, sizes = [Layer(3, 2, 1)] * 2, [5]
for layer in layers:
    sizes.append(output_size(sizes[-1], layer))
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
for depth, count in enumerate(sizes):
    left.plot([i + 0.5 for i in range(count)], [depth] * count, "s", markersize=11)
    for unit in range(count):
        first, last = region(layers[:depth], unit)
        height = depth + 0.13 * (unit - (count - 1) / 2)
        right.plot([first, last + 1], [height] * 2, color=f"C{depth}", alpha=0.5)
        right.plot(center(layers[:depth], unit), height, "x", color=f"C{depth}")
for ax, title in ((left, "as stored"), (right, "where they look")):
    ax.set(title=title, xlabel="position (pixels)", xlim=(-3.7, 8.7))
    ax.set_yticks(range(3), ["image", "map 1", "map 2"])
    ax.axvspan(0, 5, color="0.5", alpha=0.15)
fig.set_label(
    "Five pixels, three units, two units. As stored, the maps shrink towards the left; "
    "at their centers they span the image, and the bars of what they see overlap and "
    "reach into the padding."
)
plt.show()
record("receptive_field/example-one-first", after_each(layers)[0], exact=True)
record("receptive_field/example-one-second", after_each(layers)[1], exact=True)

# %%
# ## The article's second example
#
# Kernel 3 with strides 2, 2 and 1. The last stride does not matter: with stride 7 in
# its place the field is the same, and only the distance to the next unit changes.

layers = [Layer(3, 2), Layer(3, 2), Layer(3)]
print("fields after each layer:", after_each(layers))
print("with another last stride:", after_each([*layers[:2], Layer(3, 7)]))
record("receptive_field/example-two", after_each(layers)[-1], exact=True)

# %%
# ## A stride too early
#
# Letting the stride of a layer multiply its own kernel is one layer off. The gradient
# of a real network tells which is right.

slip = 1 + sum((layers[i].kernel - 1) * jump(layers[: i + 1]) for i in range(3))
((first, last),) = support(build(layers, axes=1), (1, 1, 40), [2])
record("receptive_field/off-by-one", slip, exact=True)
record("receptive_field/off-by-one-measured", last - first + 1, exact=True)
