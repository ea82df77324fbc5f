r"""
# With a bias, one unit computes all Boolean functions of two inputs but two

XOR and XNOR are beyond one threshold unit; all others need no more than a bias.

For every Boolean function of two inputs, exact arithmetic finds either weights for
[Eq. (separable)](../../notes/bias.md) or a proof that there are none,
[Eq. (certificate)](../../notes/bias.md).
"""

import matplotlib.pyplot as plt

from dlnotes.bias.boolean import NAMES, corners, realize, truth_tables
from dlnotes.bias.separability import margin_demands, threshold_demands
from dlnotes.ledger import record

# %%
# ## Decide all sixteen
#
# The last input is 1 for a unit with a bias and 0 for one without.

bare, full = {}, {}
for table in truth_tables(2):
    bare[table] = realize(table, threshold_demands, constant=0)
    full[table] = realize(table, threshold_demands, constant=1)
    found = full[table].weights or full[table].certificate
    kind = "weights" if full[table].weights else "impossible by adding"
    print(f"{NAMES[table]:12} {kind:20} {[str(number) for number in found]}")

# %%
# ## Draw them
#
# Filled corners must fire. Look for the panels whose line misses the origin at the
# lower left: these need their bias. Four panels have no
# line: XOR and XNOR have none, *never* and *always* need none.

fig, axes = plt.subplots(2, 8, figsize=(7, 2.4), layout="constrained")
without, able = (sum(a.weights is not None for a in x.values()) for x in (bare, full))
fig.set_label(
    "The sixteen Boolean functions of two inputs as squares with filled and empty "
    f"corners. {without} are marked as possible without a bias, {able - without} more "
    "with one. XOR and XNOR have no line, and never and always need none."
)
for ax, table in zip(axes.flat, full, strict=True):
    weights = full[table].weights
    color = "C0" if bare[table].weights else "C1" if weights else "0.5"
    for (a, b), bit in zip(corners(2), table, strict=True):
        ax.plot(a, b, "o", color=color, fillstyle="full" if bit else "none", ms=6)
    if weights and 0 < sum(table) < 4:
        p, q, _ = map(float, bare[table].weights or weights)
        # A threshold anywhere between the sums that fire and those that do not.
        sums = [p * a + q * b for a, b in corners(2)]
        low = max(s for s, bit in zip(sums, table, strict=True) if not bit)
        high = min(s for s, bit in zip(sums, table, strict=True) if bit)
        level = 0.0 if bare[table].weights else (low + high) / 2
        across = (p * level / (p * p + q * q), q * level / (p * p + q * q))
        ax.axline(across, (across[0] - q, across[1] + p), color=color, lw=1)
    ax.set_title(NAMES[table], fontsize=7)
    ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=[], yticks=[], aspect="equal")
fig.supxlabel("first input a, from 0 to 1", fontsize=8)
fig.supylabel("second input b", fontsize=8)
plt.show()

# %%
# ## Count
#
# With a margin demanded, the corner (0, 0) excludes every function without a bias. With
# three inputs and a bias, the number is the known 104 of 256.

bare_weights = [answer.weights for answer in bare.values()]
full_weights = [answer.weights for answer in full.values()]
margins = [realize(t, margin_demands, constant=0).weights for t in truth_tables(2)]
three = [realize(t, threshold_demands, constant=1).weights for t in truth_tables(3)]
record("bias/boolean-without", sum(map(bool, bare_weights)), exact=True)
record("bias/boolean-with", sum(map(bool, full_weights)), exact=True)
record("bias/boolean-margin-without", sum(map(bool, margins)), exact=True)
record("bias/boolean-three-with", sum(map(bool, three)), exact=True)
names = {NAMES[table]: answer.weights is not None for table, answer in bare.items()}
record("bias/boolean-or-without", int(names["OR"]), exact=True)
record("bias/boolean-and-without", int(names["AND"] or names["NAND"]), exact=True)
