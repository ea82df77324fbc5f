r"""
# One call prints what every layer sees

Trace a model with strides, dilation, unequal axes, a shortcut, a gate and a skip.

`dlnotes.receptive_field.tracer.trace` runs a model once on a tensor without data and
follows [Eq. (through)](../../notes/receptive_field.md) through every operation.
"""

import matplotlib.pyplot as plt
from torch import nn

from dlnotes.ledger import record
from dlnotes.receptive_field.building import Sum
from dlnotes.receptive_field.measured import support
from dlnotes.receptive_field.states import UnsupportedLayer
from dlnotes.receptive_field.tracer import trace

body = nn.Sequential(
    nn.Conv2d(16, 16, 3, padding=2, dilation=2, bias=False),
    nn.BatchNorm2d(16),
    nn.ReLU(),
    nn.Conv2d(16, 16, (1, 5), padding=(0, 2)),
)
model = nn.Sequential(
    nn.Conv2d(3, 16, 7, stride=2, padding=3),
    nn.MaxPool2d(3, stride=2, padding=1),
    Sum([body, nn.Identity()]),
    nn.Upsample(scale_factor=2, mode="bilinear"),
    nn.Conv2d(16, 8, 3, padding=1),
)

# %%
# ## The table
#
# Unequal axes are written as rows x columns. A unit on pixel 0 has its center at 0.5.

shape = (1, 3, 128, 128)
result = trace(model, shape)
print(result)

# %%
# ## The same as data, and as measured
#
# The upsampled units take turns: the most that any of them sees is the field. The
# gradient of one unit finds exactly the region of the trace.

row_field, column_field = result.outputs[0].fields
ends = support(model, shape, [32, 32])
print("traced  ", row_field.region(32), column_field.region(32))
print("measured", *ends)
record("receptive_field/traced-rows", result.size[0], exact=True)
record("receptive_field/traced-columns", result.size[1], exact=True)

# %%
# ## Views are followed, and what cannot be followed says so
#
# Blocks become channels, are mixed and return. A recurrent layer is refused.

shallow = [nn.PixelUnshuffle(4), nn.Conv2d(128, 128, 1), nn.PixelShuffle(4)]
print("behind blocks of 4 x 4:", trace(nn.Sequential(model, *shallow), shape).size)
try:
    trace(nn.Sequential(model, nn.Flatten(2), nn.LSTM(4096, 8)), shape)
except UnsupportedLayer as error:
    print(error)

# %%
# ## See the field grow
#
# Look at the fourth step: the kernel of 1 x 5 widens columns only.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
labels = [f"{row.layer} {row.kind}" for row in result.rows]
ax.plot(labels, [row.size[0] for row in result.rows], "o-", label="rows")
ax.plot(labels, [row.size[1] for row in result.rows], "s--", label="columns")
plt.setp(ax.get_xticklabels(), rotation=30, ha="right")
ax.set(title="Receptive field, layer by layer", ylabel="pixels")
ax.legend()
fig.set_label("Field in rows and columns rising layer by layer; columns end higher.")
plt.show()
