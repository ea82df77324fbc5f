r"""
# The mean F1 of batches is not the F1

Small batches with rare positives give another number, and another gradient.

A score of counts is not a mean over examples. The first-order error is
[Eq. (batch-bias)](../../notes/smoothing.md); gradients that do add up come from
[Eq. (linear-f1)](../../notes/smoothing.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as entropy

from dlnotes.ledger import record
from dlnotes.smoothing.batches import batch_bias, linear_f1
from dlnotes.smoothing.f_score import f_score, soft_counts
from dlnotes.smoothing.linear import fit_linear, linear_logits
from dlnotes.toy.digits import load_digits

images, labels = load_digits()
images, eight = images[None], (labels == 8).float()[None]  # one data set, 1 in 10
start = torch.zeros(1, 65)
weights = fit_linear(start, images, eight, entropy, steps=20)
probs = linear_logits(weights, images).sigmoid()[0].double()
targets = eight[0].double()
whole = f_score(soft_counts(probs, targets))

# %%
# ## Batches of 4 to 1024
#
# Look how far the dots are below the dashed line, the F1 of all examples, and from
# which size on the first-order formula is enough.

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
    "Mean soft F1 against batch size: far too low at 4, close to the dashed line from "
    "64 on; the formula agrees from 32 on."
)
plt.show()

for size in (4, 16, 64, 1024):
    mean, error = means[sizes.index(size)].tolist()
    record(f"smoothing/batch-f1-{size}", mean, error=error)
record("smoothing/batch-f1-all", whole)
record("smoothing/batch-f1-64-formula", formula[sizes.index(64)])

# %%
# ## Gradients
#
# Relative error of the gradient against that of all examples, with batches of 16.

leaf = probs.clone().requires_grad_()
counts = soft_counts(leaf, targets)
exact = torch.autograd.grad(f_score(counts), leaf, retain_graph=True)[0]
batches = list(zip(leaf.split(16), targets.split(16), strict=True))
mean = sum(f_score(soft_counts(p, t)) for p, t in batches) / len(batches)
added = sum(linear_f1(p, t, counts) for p, t in batches)
for name, total in (("mean", mean), ("linear", added)):
    gradient = torch.autograd.grad(total, leaf, retain_graph=True)[0]
    record(f"smoothing/batch-gradient-{name}", (gradient - exact).norm() / exact.norm())
