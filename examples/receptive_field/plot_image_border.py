r"""
# At the border a unit sees little but padding

How much of its field lies inside of the image, and what zeros do to a constant.

[Eq. (seen)](../../notes/receptive_field.md) cuts the padding off layer by layer. What
is left shrinks towards the border, while the field itself stays as large as ever.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.receptive_field.building import build
from dlnotes.receptive_field.chains import closed_form, seen
from dlnotes.receptive_field.layers import Layer
from dlnotes.receptive_field.measured import support

layers, size = [Layer(3, padding=1)] * 10, 64
field = closed_form(layers)
inside = [seen(size, layers, o) for o in range(size)]
shares = [(last - first + 1) / field for first, last in inside]

# %%
# ## Padding moves, and nothing else
#
# Gradients of one unit, with and without padding: as many pixels, ten further left.

((first, last),) = support(build(layers, axes=1), (1, 1, size), [32])
bare = build([Layer(3)] * 10, axes=1)
((first_bare, last_bare),) = support(bare, (1, 1, size), [32])
record("receptive_field/padded-field", last - first + 1, exact=True)
record("receptive_field/bare-field", last_bare - first_bare + 1, exact=True)
moved = first_bare - first
record("receptive_field/padding-moved", moved, unit="pixels", exact=True)

# %%
# ## A constant does not stay constant
#
# A network whose layers average their inputs leaves a constant as it is, except where
# it averages zeros. Ten layers darken a rim that no single layer would reach.

constant = torch.ones(1, 1, size, dtype=torch.float64)
response = build(layers, axes=1).double()(constant)[0, 0].detach()
touched = int((response < 1 - 1e-9).sum() / 2)  # the least effect is 1 in 3 ** 10
strong = int((response < 0.99).sum() / 2)
record("receptive_field/border-end-share", shares[0], exact=True)
record("receptive_field/border-end-response", response[0], exact=True)
record("receptive_field/border-rim", touched, unit="pixels", exact=True)
record("receptive_field/border-rim-strong", strong, unit="pixels", exact=True)

# %%
# ## See the two rims
#
# Look at the distance between the curves: the field reaches further into the image than
# the effect of the padding is felt. The rest of the field has next to no weight.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(shares, label="share of the field inside of the image")
ax.plot(response, label="answer to a constant of 1")
ax.set(title="Ten layers of kernel 3", xlabel="unit", ylabel="share or answer")
ax.legend()
fig.set_label(
    "Against the position of the unit: both curves are 1 in the middle and fall at the "
    f"ends, the share of the field over {sum(s < 1 for s in shares) // 2} pixels, the "
    f"answer to a constant, by more than a hundredth, over {strong}."
)
plt.show()
