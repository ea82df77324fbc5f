r"""
# What the sizes of the paper count

Closed forms give the parameters and the cost of every size, and show what was counted.

They are [Eq. (parameters)](../../notes/vit.md) and [Eq.
(multiply-adds)](../../notes/vit.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.vit.model import VisionTransformer
from dlnotes.vit.sizes import (
    SIZES,
    layer_multiply_adds,
    multiply_adds,
    parameter_count,
)

# %%
# ## Count the parameters
#
# By formula, and of a network without memory. Images have 224 pixels, the head 1,000
# classes.

kinds = {"B/16": 196, "B/32": 49, "L/16": 196, "L/32": 49, "H/14": 256}
wrong, shown = 0, {}
for kind, tokens in kinds.items():
    letter, side = kind.split("/")
    dim, depth = SIZES[letter]["dim"], SIZES[letter]["depth"]
    whole = parameter_count(tokens, int(side), dim, depth, classes=1000)
    body = parameter_count(tokens, int(side), dim, depth, classes=0)
    with torch.device("meta"):
        model = VisionTransformer(224, int(side), **SIZES[letter])
    wrong += whole != sum(parameter.numel() for parameter in model.parameters())
    name = kind.lower().replace("/", "-")
    record(f"vit/parameters-{name}", whole / 1e6, exact=True, unit="million")
    record(f"vit/body-{name}", body / 1e6, exact=True, unit="million")
    shown[kind] = (whole, multiply_adds(tokens, int(side), dim, depth, classes=1000))
record("vit/parameter-mismatches", wrong, exact=True)

# %%
# ## Count the multiplications
#
# Three numbers are in use for B/16: layers for the patches alone, with the embedding,
# and all of it with the class token and the head.

layers = 12 * layer_multiply_adds(196, 768)
embedding = 196 * 768 * 768
for name, count in (
    ("layers", layers),
    ("embedded", layers + embedding),
    ("all", shown["B/16"][1]),
):
    record(f"vit/macs-{name}", count / 1e9, exact=True, unit="G")
quadratic = 12 * 2 * 197**2 * 768 / shown["B/16"][1]
record("vit/quadratic-share", 100 * quadratic, exact=True, unit="%")

# %%
# Points at one height have the same layers; larger patches cost less.

fig, ax = plt.subplots(figsize=(5.5, 3), layout="constrained")
for k, (kind, (count, cost)) in enumerate(shown.items()):
    ax.loglog(cost / 1e9, count / 1e6, f"C{k}o")
    ax.annotate(kind, (cost / 1e9, count / 1e6), (5, -12), textcoords="offset points")
ax.set(xlabel="multiplications and additions (G)", ylabel="parameters (million)")
ax.set(xlim=(2, 300), ylim=(50, 1000))
shares = [shown[f"{name}/32"][1] / shown[f"{name}/16"][1] for name in "BL"]
fig.set_label(
    "Five sizes by cost and parameters: base, large and huge at three heights; with "
    f"larger patches base costs {shares[0]:.3f} and large {shares[1]:.3f} of it."
)
plt.show()
