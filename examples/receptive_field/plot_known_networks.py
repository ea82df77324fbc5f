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
known = {
    "alexnet": n.alexnet(),
    "unet": n.unet(),
    "vgg-16": n.vgg(),
    "vgg-19": n.vgg((2, 2, 4, 4, 4)),
    "mobilenet": n.mobilenet_v1(),
    "resnet-50-late": n.resnet(fifty, bottleneck=True),
    "resnet-18": n.resnet((2, 2, 2, 2), bottleneck=False),
    "resnet-50": n.resnet(fifty, **early),
    "mobilenet-v2": n.mobilenet_v2(),
    "googlenet": n.googlenet(),
    "efficientnet-b0": n.efficientnet_b0(),
    "resnet-101": n.resnet((3, 4, 23, 3), **early),
    "inception-v3": n.inception_v3(),
    "resnet-152": n.resnet((3, 8, 36, 3), **early),
    "densenet-121": n.densenet(),
}

# %%
# ## Three ways for each network
#
# The measured region must be that of the formula at a unit in the middle.

agree = as_published = 0
for name, network in known.items():
    field = follow(network)
    model, size = build(network, axes=1), 64 * (2 + field.size // 48)
    traced = trace(model, (1, 1, size))
    unit = traced.outputs[0].output[0] // 2
    (ends,) = support(model, (1, 1, size), [unit])
    agree += ends == field.region(unit) and traced.size == (field.size,)
    found = {"field": field.size, "jump": field.jump, "padding": -field.start}
    for kind, value in found.items():
        record(f"receptive_field/{kind}-{name}", value, exact=True)
    table = n.PUBLISHED.get(name, {})
    as_published += bool(table) and table == {kind: found[kind] for kind in table}
    print(f"  measured {ends[1] - ends[0] + 1}, published {table or '-'}")
record("receptive_field/networks-that-agree", agree, exact=True)
record("receptive_field/networks-as-published", as_published, exact=True)

# %%
# ## See who outgrows the usual image
#
# The dashed line is an image of 224 pixels. Dots are published values.

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
ax.barh(list(known), [follow(network).size for network in known.values()])
dots = {name: n.PUBLISHED[name]["field"] for name in known if name in n.PUBLISHED}
ax.plot(dots.values(), dots.keys(), "C1o", label="published")
ax.axvline(224, color="0.5", linestyle="--", label="side of the image")
ax.legend(loc="lower right")
ax.set(title="Receptive fields of the last map", xlabel="pixels")
fig.set_label(
    f"Bars with the receptive fields of {len(known)} networks, the shortest below and "
    "most above the line of an image of 224 pixels, with dots for published values at "
    f"the ends of {len(dots)} of the bars."
)
plt.show()
