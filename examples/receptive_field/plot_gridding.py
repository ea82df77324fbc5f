r"""
# Equal dilations read a grid and miss what is between

Kernels of 3 at dilation 2 read every second pixel of what they span.

[Eq. (touches)](../../notes/receptive_field.md) counts the paths from each pixel to one
unit. By [Eq. (gap-free)](../../notes/receptive_field.md) a stack of stride 1 reads
every pixel if each dilation is at most the field of all smaller ones.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.receptive_field.building import build
from dlnotes.receptive_field.chains import bottom_up
from dlnotes.receptive_field.gridding import coverage, has_gaps, touches
from dlnotes.receptive_field.layers import Layer

stacks = {
    "dilations 2, 2, 2": (2, 2, 2),
    "dilations 1, 2, 4": (1, 2, 4),
    "dilations 1, 2, 5": (1, 2, 5),
    "dilations 1, 2, 9": (1, 2, 9),
}
layers = {name: [Layer(3, dilation=d) for d in ds] for name, ds in stacks.items()}
for name, stack in layers.items():
    print(f"{name}: spans {bottom_up(stack)}, reads {len(touches(stack))}", end=", ")
    print("with gaps" if has_gaps(stack) else "without gaps")

# %%
# ## Gradients have the same gaps
#
# A real network with positive weights: its gradient is 0 exactly where no path leads.

stack = layers["dilations 2, 2, 2"]
image = torch.ones(1, 1, 13, 13, requires_grad=True)
build(stack)(image).sum().backward()
touched = int((image.grad > 0).sum())
record("receptive_field/grid-span", bottom_up(stack), exact=True)
record("receptive_field/grid-reads", len(touches(stack)), exact=True)
record("receptive_field/grid-pixels-2d", touched, exact=True)
record("receptive_field/grid-coverage", coverage(stack), exact=True)

# %%
# ## Look for the holes
#
# First, the gradient in two dimensions. Second, the pixels that are read along one
# axis, one row for each stack: gaps are where a row of dots is broken.

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.2), layout="constrained")
left.imshow(image.grad[0, 0])
left.set(title="gradient, dilations 2, 2, 2", xlabel="column", ylabel="row")
left.grid(visible=False)
for height, stack in enumerate(layers.values()):
    middle = (bottom_up(stack) - 1) / 2
    places = [place - middle for place in touches(stack)]
    right.plot(places, [height] * len(places), "s", markersize=4)
right.set_yticks(range(4), [name.removeprefix("dilations ") for name in layers])
right.set(title="pixels that are read", xlabel="offset (pixels)", ylabel="dilations")
fig.set_label(
    f"First: a checkered gradient of {touched} lit pixels among 13 by 13. Second: rows "
    "of dots, broken for dilations 2, 2, 2 and 1, 2, 9, unbroken for the other two."
)
plt.show()
