r"""
# Smooth accuracy alone ends at the majority

After cross-entropy it does no harm; from scratch it learns to say no to everything.

One digit in ten is an 8. The gradient of
[Eq. (smooth-accuracy)](../../notes/smoothing.md) dies on examples that are wrong, and
soon the rare class is wrong everywhere. So it is a loss to end with, not to start with.
"""

from functools import partial

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.toy import linear
from dlnotes.toy.digits import load_digits

images, labels = load_digits()
eights = (labels == 8).float()
splits, penalties = 10, torch.tensor([1e-5, 1e-4, 1e-3])
thirds = linear.random_thirds(1797, splits, generator=torch.Generator().manual_seed(0))
train, choice, test = ((images[r], eights[r]) for r in (t.repeat(3, 1) for t in thirds))
fit = partial(linear.fit_linear, decay=penalties.repeat_interleave(splits))

# %%
# ## Ten splits, three penalties: a third trains, a third chooses, a third tests

zero = torch.zeros(3 * splits, 65)
half = fit(zero, *train, linear.cross_entropy, steps=200)
ways = {
    "cross-entropy": fit(half, *train, linear.cross_entropy, steps=100),
    "then accuracy": fit(half, *train, linear.soft_error, steps=100),
    "accuracy alone": fit(zero, *train, linear.soft_error, steps=300),
}
scores, surest = {}, {}
for way, weights in ways.items():
    logits = [linear.linear_logits(weights, x) for x, _ in (choice, test)]
    yes = [a > 0 for a in logits]
    chosen = (yes[0] == (choice[1] > 0)).float().mean(-1)
    tested = (yes[1] == (test[1] > 0)).float().mean(-1)
    scores[way] = linear.choose(chosen, tested, splits)
    surest[way] = linear.choose(chosen, logits[1].amax(-1), splits)

# %%
# ## Accuracy on unseen digits
#
# Dots are splits. The dashed line is the accuracy of a constant no.

fig, ax = plt.subplots(figsize=(6, 2.4), layout="constrained")
for row, (way, values) in enumerate(scores.items()):
    ax.plot(values, [row] * splits, "o", alpha=0.5)
    key = f"smoothing/accuracy-{way.replace(' ', '-')}"
    record(key, values.mean(), error=linear.split_error(values))
majority = 1 - test[1][:splits].mean(-1)
ax.axvline(majority.mean().item(), color="0.5", linestyle="--")
ax.set_yticks(range(3), list(scores))
ax.set(title="Is it an 8?", xlabel="accuracy on unseen digits", ylim=(2.5, -0.5))
fig.set_label(
    "Accuracies of ten splits for three ways: around "
    f"{scores['cross-entropy'].mean():.2f} with cross-entropy, with and without "
    "accuracy after it, and around the majority's line for accuracy alone."
)
plt.show()

# %%
# ## What it says
#
# The log-odds of the surest yes of accuracy alone, below 0 for a no; the accuracy of a
# constant no; what starting with accuracy costs, and what the fine-tuning changes.

for name, values in (
    ("surest-yes-alone", surest["accuracy alone"]),
    ("accuracy-majority", majority),
    ("accuracy-lost-alone", scores["cross-entropy"] - scores["accuracy alone"]),
    ("accuracy-change", scores["then accuracy"] - scores["cross-entropy"]),
):
    error = linear.split_error(values)
    record(f"smoothing/{name}", values.mean(), error=error)
