r"""
# Without biases, a network gives one answer along a ray

Each point and its fourfold: without biases exactly half of the answers are right.

A ReLU network without biases is homogeneous,
[Eq. (homogeneous)](../../notes/bias.md), so the sign of its output cannot change along
a ray, however large it is.
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.bias.homogeneity import strip_biases
from dlnotes.blocks.vae import mlp
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
near = 1 + 0.2 * torch.randn(150, 2, generator=generator)
x = torch.cat([near, 4 * near])
labels = torch.tensor([0, 1]).repeat_interleave(150)

# %%
# ## Train with and without
#
# Three runs each. Without means that the biases start at 0 and stay there. Right and
# wrong answers are counted on 3000 new points and their fourfolds.

fresh = 1 + 0.2 * torch.randn(3000, 2, generator=generator)
wrong, models = dict.fromkeys(("with biases", "without biases"), 0), {}
for name in wrong:
    for seed in range(3):
        model = mlp(2, 32, 32, 2, generator=torch.Generator().manual_seed(seed))
        model = model if name == "with biases" else strip_biases(model)
        named = model.named_parameters()
        trained = [p for n, p in named if name == "with biases" or "bias" not in n]
        adam = torch.optim.Adam(trained, lr=1e-2)
        for _ in range(200):
            adam.zero_grad()
            F.cross_entropy(model(x), labels).backward()
            adam.step()
        inner, outer = model(fresh).argmax(1), model(4 * fresh).argmax(1)
        wrong[name] += int((inner != 0).sum() + (outer != 1).sum())
    models[name] = model

# %%
# ## Look at the decisions
#
# Shaded is the side of the outer cloud. Without biases each ray from the origin has one
# color, so of each point and its fourfold one is wrong.

fig, axes = plt.subplots(1, 2, figsize=(7, 3.3), sharey=True, layout="constrained")
fig.set_label(
    "Decision regions of two networks for two clouds on one ray. With biases a curve "
    "runs between the clouds. Without biases the regions are wedges with their tip at "
    "the origin, which treat both clouds alike."
)
side = torch.linspace(-1, 7, 200)
grid = torch.cartesian_prod(side, side)
for ax, (name, model) in zip(axes, models.items(), strict=True):
    region = model(grid).argmax(1).view(200, 200).T
    ax.contourf(side, side, region, levels=[0.5, 1.5], colors=["C2"], alpha=0.35)
    for k in (0, 1):
        ax.plot(*x[labels == k].T, f"C{k}.", ms=2)
    ax.set(xlabel="first input", title=name)
axes[0].set_ylabel("second input")
plt.show()

# %%
# Without biases the accuracy is exactly one half, since four is a power of two and
# rounds nothing. With biases the error is that of a share of so many points, one more
# right and one more wrong assumed. At the origin the answer is 0, whatever the weights.

n, k = 3 * 2 * len(fresh), wrong["with biases"]
error = ((k + 1) * (n - k + 1) / (n + 3)) ** 0.5 / (n + 2)
record("bias/ray-accuracy-with-biases", 1 - k / n, error=error)
record("bias/ray-accuracy-without-biases", 1 - wrong["without biases"] / n, exact=True)
output = models["without biases"](torch.zeros(2)).detach()
record("bias/output-at-zero", output.abs().max(), exact=True)
