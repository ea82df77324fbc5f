r"""
# One slip makes a field several times too large

A walk over registered modules takes the shortcut of a ResNet for one more layer.

Packages that compose layers in the order in which they were registered report 1963
pixels and a jump of 256 for ResNet-50. Here the same numbers come out of the right
formula and one wrong step: branches that should meet by
[Eq. (branches)](../../notes/receptive_field.md) are put in a row.
"""

import matplotlib.pyplot as plt

from dlnotes.ledger import record
from dlnotes.receptive_field.chains import after_each, bottom_up, jump
from dlnotes.receptive_field.graphs import follow, in_series
from dlnotes.receptive_field.networks import resnet

depths = (3, 4, 6, 3)
late = resnet(depths, bottleneck=True)
early = resnet(depths, bottleneck=True, stride_in_first=True)

# %%
# ## The wrong way
#
# Each of the last three stages has a shortcut of kernel 1 and stride 2. In a row it
# halves the resolution once more, and all that follows counts double: three times.

row = in_series(late)
record("receptive_field/slip-field", bottom_up(row), exact=True)
record("receptive_field/slip-jump", jump(row), exact=True)
small = resnet((2, 2, 2, 2), bottleneck=False)
record("receptive_field/slip-field-18", bottom_up(in_series(small)), exact=True)

# %%
# ## Two right answers
#
# The paper has the stride in the first 1 x 1 of a block, most programs have it in the
# 3 x 3. The later it comes, the finer the map that the 3 x 3 reads.

record("receptive_field/right-late", follow(late).size, exact=True)
record("receptive_field/right-early", follow(early).size, exact=True)

# %%
# ## See where they part
#
# Look at the steps of the wrong line: each shortcut makes the rest steeper.

fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
curves = {
    "branches in a row (wrong)": after_each(row),
    "stride in the 1 x 1": [follow(early[: i + 1]).size for i in range(len(early))],
    "stride in the 3 x 3": [follow(late[: i + 1]).size for i in range(len(late))],
}
for label, curve in curves.items():
    ax.plot([i / (len(curve) - 1) for i in range(len(curve))], curve, label=label)
ax.set(title="ResNet-50", xlabel="share of the network passed", ylabel="field (pixels)")
ax.legend()
fig.set_label(
    "Receptive field along the depth of ResNet-50: two curves end at "
    f"{follow(early).size} and {follow(late).size} pixels, the one with its branches "
    f"in a row climbs to {bottom_up(row)}."
)
plt.show()
