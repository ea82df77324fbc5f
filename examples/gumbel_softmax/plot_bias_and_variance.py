r"""
# Cold gradients are nearly right and very noisy

Lower temperature trades bias for variance; the score function has none of the bias.

Estimates by [Eq. (gumbel-softmax)](../../notes/gumbel_softmax.md), the same rounded by
[Eq. (straight-through)](../../notes/gumbel_softmax.md), and by the score function.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, straight_through
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
draws, temperatures = 300_000, [2.0, 1.0, 0.5, 0.2, 0.1, 0.05]
probs = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
weights = torch.tensor([1.0, -1.0, 0.5], dtype=torch.float64)
rows = probs.log().expand(draws, -1).clone().requires_grad_()  # (S, K), leaves
noise = sample_gumbel(rows, generator=generator)

# %%
# ## Three gradients per sample
#
# With $f(z) = (z_1 - z_2 + z_3 / 2)^2$ the gradient is $p_i (f(e_i) - \mathbb E f)$.

exact = probs * (weights.square() - probs @ weights.square())  # f(e_i) is a square
hard = straight_through(gumbel_softmax(rows, 1.0, noise=noise)).detach()
score = (hard @ weights).square().unsqueeze(-1) * (hard - probs)
gradients = {("score function", 0.0): score}
for t in temperatures:
    relaxed = gumbel_softmax(rows, t, noise=noise)
    for name, z in (("relaxed", relaxed), ("rounded", straight_through(relaxed))):
        total = (z @ weights).square().sum()
        gradients[name, t] = torch.autograd.grad(total, rows, retain_graph=True)[0]

# %%
# ## The table
#
# Means; exact is (0.075, 0.045, -0.12). Warm, the second has the wrong sign.

bias, error, square, variance = {}, {}, {}, {}
for key, gradient in gradients.items():
    off = gradient.mean(0) - exact
    bias[key] = off.norm()
    error[key] = (gradient @ off).std() / bias[key] / draws**0.5
    square[key] = (gradient - gradient.mean(0)).square().sum(-1)  # (S,)
    variance[key] = square[key].mean()
    print(key, [round(g, 4) for g in gradient.mean(0).tolist()])
wrong = gradients["relaxed", 1.0][:, 1]
record("gumbel_softmax/wrong-sign-entry", wrong.mean(), error=wrong.std() / draws**0.5)
record("gumbel_softmax/right-sign-entry", exact[1], exact=True)
names = {"soft": ("relaxed", 1.0), "cold": ("relaxed", 0.1), "hard": ("rounded", 1.0)}
for name, key in (names | {"score": ("score function", 0.0)}).items():
    record(f"gumbel_softmax/{name}-bias", bias[key], error=error[key])
    spread = square[key].std() / draws**0.5
    record(f"gumbel_softmax/{name}-variance", variance[key], error=spread)

# %%
# ## Bias against variance
#
# Colder, the biases fall and the variances rise. Bars are standard errors.

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
for name in ("relaxed", "rounded"):
    points = [(bias[name, t], error[name, t], variance[name, t]) for t in temperatures]
    length, bars, spread = zip(*points, strict=True)
    left.errorbar(temperatures, length, bars, fmt="o-")
    right.plot(temperatures, spread, "o-", label=name)
right.axhline(variance["score function", 0.0], color="0.5", label="score function")
for ax, title in ((left, "Bias"), (right, "Variance")):
    ax.set(title=title, xlabel="temperature", xscale="log", yscale="log")
right.legend()
fig.set_label(
    "Cooling lowers the bias of two estimators and raises their variance above the "
    "level of the score function."
)
plt.show()
