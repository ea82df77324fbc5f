r"""
# With a bias, the line may leave the origin

The perceptron separates two clouds on one side of the origin, once every input has a 1.

The unit of [Eq. (perceptron)](../../notes/bias.md) is trained by
[Eq. (perceptron-update)](../../notes/bias.md), and its mistakes are compared with the
bound of [Eq. (novikoff)](../../notes/bias.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.bias.perceptron import append_one, mistake_bound, train_perceptron
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(1)
signs = torch.tensor([1.0, -1.0]).repeat(20)
centers = torch.where(signs[:, None] > 0, torch.tensor([3.0, 3.0]), torch.ones(1, 2))
clouds = centers + 0.35 * torch.randn(40, 2, generator=generator)

# %%
# ## Train twice
#
# Each mistake adds one signed example to the weights, so the weights after $k$ mistakes
# are a running sum. Without the constant input the mistakes never end.

inputs = {"without bias": clouds, "with bias": append_one(clouds)}
trained = {name: train_perceptron(x, signs) for name, x in inputs.items()}
for name, result in trained.items():
    print(f"{name}: {len(result.rows)} mistakes, separated: {result.separated}")

# %%
# ## Draw the lines
#
# Look where the lines cross: on the left all of them pass through the origin, and both
# clouds lie in the same direction. On the right they move away; the last one separates.

fig, axes = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True, layout="constrained")
fig.set_label(
    "Two clouds of points in the same direction from the origin, and the lines of the "
    "perceptron during training. Without a bias every line passes through the origin "
    "and cuts the clouds; with a bias the last line runs between them."
)
at = torch.linspace(-1, 4.5, 2)
for ax, (name, x) in zip(axes, inputs.items(), strict=True):
    steps = (signs[:, None] * x)[trained[name].rows].cumsum(0)
    for k, w in enumerate(steps[-8:]):
        offset = w[2] if len(w) == 3 else 0.0
        last = k == min(8, len(steps)) - 1
        color = "C2" if last else "0.5"
        ax.plot(at, -(w[0] * at + offset) / w[1], color, lw=2 if last else 0.8)
    for sign, color, marker in ((1, "C0", "o"), (-1, "C1", "s")):
        ax.plot(*clouds[signs == sign].T, color + marker, ms=4)
    ax.plot(0, 0, "+", color="0.5", ms=12)
    ax.set(xlabel="first input", title=name, xlim=(-1, 4.5), ylim=(-1, 4.5))
axes[0].set_ylabel("second input")
plt.show()

# %%
# ## Count mistakes, on this data set and on 300 others
#
# The bound needs any weights that separate; the others come with a known teacher.

result = trained["with bias"]
bound = mistake_bound(inputs["with bias"], signs, torch.tensor([1.0, 1.0, -4.0]))
shares = []
for _ in range(300):
    x = append_one(torch.randn(50, 4, generator=generator))
    teacher = torch.randn(5, generator=generator)
    labels = (x @ teacher).sign()
    mistakes = len(train_perceptron(x, labels, max_mistakes=10**6).rows)
    shares.append(mistakes / mistake_bound(x, labels, teacher))
record("bias/mistakes-with-bias", len(result.rows))
record("bias/mistake-bound", bound)
record("bias/mistakes-largest-share", max(shares))
