r"""
# Cold gradients are nearly right and very noisy

Lower temperature trades bias for variance; the score function has none of the bias.

Three estimates of one gradient, each from equally many samples: relaxed,
[Eq. (gumbel-softmax)](../../notes/gumbel_softmax.md); rounded,
[Eq. (straight-through)](../../notes/gumbel_softmax.md); and the score function.
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

values = torch.eye(3, dtype=torch.float64).matmul(weights).square()  # f at the corners
exact = probs * (values - probs @ values)
print("exact", [f"{g:.4f}" for g in exact.tolist()])
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
# Mean gradient, length of its bias with standard error, sum of the variances. Look at
# the second entry: warm, it has the wrong sign.

bias, error, variance = {}, {}, {}
for key, gradient in gradients.items():
    mean, variance[key] = gradient.mean(0), gradient.var(0).sum().item()
    bias[key], error[key] = (mean - exact).norm(), (variance[key] / draws) ** 0.5
    text = " ".join(f"{g:8.4f}" for g in mean.tolist())
    print(f"{key!s:23} {text} {bias[key]:.4f}±{error[key]:.4f} {variance[key]:8.3f}")
entry, wrong = gradients["relaxed", 1.0][:, 1], "gumbel_softmax/wrong-sign-entry"
record(wrong, entry.mean(), error=entry.std() / draws**0.5)
names = {"soft": ("relaxed", 1.0), "cold": ("relaxed", 0.1), "hard": ("rounded", 1.0)}
for name, key in (names | {"score": ("score function", 0.0)}).items():
    record(f"gumbel_softmax/{name}-bias", bias[key], error=error[key])
    record(f"gumbel_softmax/{name}-variance", variance[key])
gap = variance["score function", 0.0] - variance["relaxed", 1.0]
even = gap / bias["relaxed", 1.0] ** 2  # samples at which both squared errors agree
record("gumbel_softmax/score-function-wins-from", even, unit="samples")

# %%
# ## Bias against variance
#
# Towards the left, colder, the biases fall and the variances rise like $1 / \tau$.

fig, axes = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
for ax, what, title in zip(axes, (bias, variance), ("Bias", "Variance"), strict=True):
    for name in ("relaxed", "rounded"):
        ax.loglog(temperatures, [what[name, t] for t in temperatures], "o-", label=name)
    ax.set(title=title, xlabel="temperature")
axes[1].axhline(variance["score function", 0.0], color="0.5", label="score function")
axes[1].legend()
alt = (
    "The bias of two estimators falls with the temperature. Their variance rises then, "
)
fig.set_label(alt + "above the level of the score function.")
plt.show()
