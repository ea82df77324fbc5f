r"""
# Fifteen networks by formula, by tracing and by gradients

Written down as data, built, traced and measured, they agree, and with published tables.

The descriptions stand in `dlnotes.receptive_field.networks`. Each is evaluated by
[Eq. (branches)](../../notes/receptive_field.md), built as a real network along one
axis, traced, and measured by [Eq. (support)](../../notes/receptive_field.md).
"""

import matplotlib.pyplot as plt

from dlnotes.ledger import record
from dlnotes.receptive_field import networks as n
from dlnotes.receptive_field.building import build
from dlnotes.receptive_field.graphs import follow
from dlnotes.receptive_field.measured import support
from dlnotes.receptive_field.tracer import trace

fifty, early = (3, 4, 6, 3), {"bottleneck": True, "stride_in_first": True}
known = {  # with the field that is published, where there is a table
    "alexnet": (n.alexnet(), 195),
    "unet": (n.unet(), None),
    "vgg-16": (n.vgg(), 212),
    "vgg-19": (n.vgg((2, 2, 4, 4, 4)), None),
    "mobilenet": (n.mobilenet_v1(), 315),
    "resnet-50-late": (n.resnet(fifty, bottleneck=True), None),
    "resnet-18": (n.resnet((2, 2, 2, 2), bottleneck=False), None),
    "resnet-50": (n.resnet(fifty, **early), 483),
    "mobilenet-v2": (n.mobilenet_v2(), None),
    "googlenet": (n.googlenet(), None),
    "efficientnet-b0": (n.efficientnet_b0(), None),
    "resnet-101": (n.resnet((3, 4, 23, 3), **early), 1027),
    "inception-v3": (n.inception_v3(), 1311),
    "resnet-152": (n.resnet((3, 8, 36, 3), **early), 1507),
    "densenet-121": (n.densenet(), None),
}

# %%
# ## Three ways for each network
#
# The measured region must be that of the formula at a unit in the middle.

agree = 0
for name, (network, published) in known.items():
    field = follow(network)
    model, size = build(network, axes=1), 64 * (2 + field.size // 48)
    traced = trace(model, (1, 1, size))
    unit = traced.outputs[0].output[0] // 2
    (ends,) = support(model, (1, 1, size), [unit])
    agree += ends == field.region(unit) and traced.size == (field.size,)
    record(f"receptive_field/field-{name}", field.size)
    record(f"receptive_field/jump-{name}", field.jump)
    record(f"receptive_field/padding-{name}", -field.start)
    print(f"  measured {ends[1] - ends[0] + 1}, published {published or '-'}")
record("receptive_field/networks-that-agree", agree)

# %%
# ## See who outgrows the usual image
#
# The dashed line is an image of 224 pixels. Dots are published values.

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
ax.barh(list(known), [follow(network).size for network, _ in known.values()])
dots = [(name, p) for name, (_, p) in known.items() if p]
ax.plot([p for _, p in dots], [name for name, _ in dots], "C1o", label="published")
ax.axvline(224, color="0.5", linestyle="--", label="side of the image")
ax.legend(loc="lower right")
ax.set(title="Receptive fields of the last map", xlabel="pixels")
fig.set_label(
    "Bars with the receptive fields of fifteen networks, from below 224 to above 2000 "
    "pixels, with dots for published values at the ends of seven of the bars."
)
plt.show()
