r"""
# The mean F1 of batches is not the F1

Small batches with rare positives give another number, and another gradient.

A score of counts is not a mean over examples. The first-order error is
[Eq. (batch-bias)](../../notes/smoothing.md); gradients that do add up come from
[Eq. (linear-f1)](../../notes/smoothing.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.smoothing.f_score import f_score, soft_counts
from dlnotes.smoothing.mini_batches import batch_bias, linear_f1

# One example in ten is positive. Log-odds are the quantiles of two normal curves.
parts = []
for count, center in ((1440, -2.5), (160, -1.0)):
    place = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    parts.append(torch.special.ndtri(place) + center)
probs = torch.cat(parts).sigmoid()
targets = (torch.arange(1600) >= 1440).double()
whole = f_score(soft_counts(probs, targets))

# %%
# ## Batches of 4 to 1024
#
# Look how far the dots are below the dashed line, and where the formula is enough.

generator = torch.Generator().manual_seed(0)
sizes = [4, 8, 16, 32, 64, 128, 256, 1024]
draws = 4000
means = torch.empty(len(sizes), 2)
for i, size in enumerate(sizes):
    rows = torch.randint(len(probs), (size, draws), generator=generator)
    scores = f_score(soft_counts(probs[rows], targets[rows]))
    means[i] = torch.stack([scores.mean(), scores.std() / draws**0.5])
formula = [(whole + batch_bias(probs, targets, size)).item() for size in sizes]

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.errorbar(sizes, means[:, 0], 2 * means[:, 1], fmt="o", label="mean over batches")
ax.plot(sizes, formula, label="first-order formula")
ax.axhline(whole.item(), color="0.5", linestyle="--", label="all examples")
ax.set(title="Soft F1 of batches", xlabel="examples in a batch", ylabel="F1")
ax.set(xscale="log", ylim=(0, None))
ax.legend()
fig.set_label(
    "Mean soft F1 against batch size: far too low at 4, close to the dashed line in "
    "large batches; the formula agrees from smaller batches on."
)
plt.show()

for size in (4, 16, 64, 1024):
    mean, error = means[sizes.index(size)].tolist()
    record(f"smoothing/batch-f1-{size}", mean, error=error)
record("smoothing/batch-f1-all", whole, exact=True)
record("smoothing/batch-f1-64-formula", formula[sizes.index(64)], exact=True)

# %%
# ## Gradients
#
# Relative error of the gradient against that of all examples, with batches of 16 dealt
# out in 200 random orders.

leaf = probs.clone().requires_grad_()
counts = soft_counts(leaf, targets)
exact = torch.autograd.grad(f_score(counts), leaf, retain_graph=True)[0]
off = torch.empty(2, 200)
for i in range(200):
    order = torch.randperm(1600, generator=generator).reshape(16, 100)  # columns
    p, t = leaf[order], targets[order]
    for j, total in enumerate(
        (f_score(soft_counts(p, t)).mean(), linear_f1(p, t, counts).sum())
    ):
        gradient = torch.autograd.grad(total, leaf, retain_graph=True)[0]
        off[j, i] = (gradient - exact).norm() / exact.norm()
record("smoothing/batch-gradient-mean", off[0].mean(), error=off[0].std() / 200**0.5)
record("smoothing/batch-gradient-linear", off[1].max(), exact=True)
