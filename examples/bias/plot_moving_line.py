r"""
# With a bias, the line may leave the origin

The perceptron separates two squares of points, once every input has a 1 more.

The unit is trained by [Eq. (perceptron-update)](../../notes/bias.md), and its mistakes
are compared with the bound of [Eq. (novikoff)](../../notes/bias.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.bias.perceptron import append_one, mistake_bound, train_perceptron
from dlnotes.bias.separability import margin_demands, solve_inequalities
from dlnotes.ledger import record

side = torch.arange(-2, 3, dtype=torch.float64) / 4
square = torch.cartesian_prod(side, side)  # 25 points, in quarters: nothing is rounded
clouds = torch.stack([square + 3, square + 1], 1).flatten(0, 1)
signs = torch.tensor([1.0, -1.0]).repeat(25)

# %%
# ## Train twice
#
# Each mistake adds one signed example to the weights, so the weights after $k$ mistakes
# are a running sum. Without the constant input they never end: exact arithmetic proves
# that no line through the origin separates the clouds.

inputs = {"without bias": clouds, "with bias": append_one(clouds)}
trained = {name: train_perceptron(x, signs) for name, x in inputs.items()}
for name, result in trained.items():
    print(f"{name}: {len(result.rows)} mistakes, separated: {result.separated}")
demands = margin_demands(clouds.tolist(), [int(sign > 0) for sign in signs])
exists = solve_inequalities(*demands).weights is not None
record("bias/line-through-origin", int(exists), exact=True)

# %%
# ## Draw the lines
#
# Look where the lines cross: without a bias all of them pass through the origin. With
# one they move away; the last one separates.

fig, axes = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True, layout="constrained")
fig.set_label(
    "Two squares of points in the same direction from the origin, and the lines of the "
    "perceptron during training. Without a bias every line passes through the origin "
    "and the last one cuts both squares; with a bias it runs between them."
)
at = torch.tensor([-1.0, 4.5])
for ax, (name, x) in zip(axes, inputs.items(), strict=True):
    steps = (signs[:, None] * x)[trained[name].rows].cumsum(0)
    lines = [-(w[0] * at + w[2:].sum()) / w[1] for w in steps[-8:]]
    for line, color in zip(lines[::-1], ["C2"] + 7 * ["0.5"], strict=False):
        ax.plot(at, line, color)
    ax.plot(*clouds[signs > 0].T, "C0o", ms=4)
    ax.plot(*clouds[signs < 0].T, "C1s", ms=4)
    ax.plot(0, 0, "+", color="0.5", ms=12)
    ax.set(xlabel="first input", title=name, xlim=(-1, 4.5), ylim=(-1, 4.5))
axes[0].set_ylabel("second input")
plt.show()

# %%
# ## Count mistakes, on this data set and on a list of others
#
# The bound needs weights that separate. The list: nine points of a lattice, with every
# teacher of whole numbers up to 4 that puts none of them on its line.

middle = torch.tensor([1.0, 1.0, -4.0]).double()
bound = mistake_bound(inputs["with bias"], signs, middle)
record("bias/mistakes-with-bias", len(trained["with bias"].rows), exact=True)
record("bias/mistake-bound", round(bound.item(), 9), exact=True)
x = append_one(torch.cartesian_prod(*[torch.arange(-1.0, 2.0)] * 2).double())
shares = []
for teacher in torch.cartesian_prod(*[torch.arange(-4.0, 5.0)] * 3).double():
    labels = (x @ teacher).sign()
    if labels.all():
        mistakes = len(train_perceptron(x, labels).rows)
        shares.append(mistakes / mistake_bound(x, labels, teacher))
record("bias/mistakes-data-sets", len(shares), exact=True)
record("bias/mistakes-largest-share", max(shares), exact=True)
