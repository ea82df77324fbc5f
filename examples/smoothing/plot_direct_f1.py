r"""
# Training on F1 itself does not clearly raise F1

Tuned with the same care, soft F1 does not clearly beat cross-entropy on two data sets.

Is a digit an 8? Is a tumor malignant, where one in ten is? Linear classifiers are
trained with cross-entropy, then with [Eq. (soft-f1)](../../notes/smoothing.md), or with
that alone; or [Eq. (best-threshold)](../../notes/smoothing.md) moves the threshold.
"""

from functools import partial

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_breast_cancer

from dlnotes.ledger import record
from dlnotes.smoothing.f_score import f_score, soft_counts
from dlnotes.smoothing.threshold import best_threshold
from dlnotes.toy import linear
from dlnotes.toy.digits import load_digits

images, labels = load_digits()
cells, benign = (torch.tensor(a) for a in load_breast_cancer(return_X_y=True))
kept = torch.cat([(benign == 1).nonzero()[:, 0], (benign == 0).nonzero()[:40, 0]])
cells = ((cells - cells.mean(0)) / cells.std(0)).float()[kept]
data = {
    "digits": (images, (labels == 8).float()),
    "tumors": (cells, 1 - benign[kept].float()),
}

# %%
# ## Ten splits, four penalties
#
# A third of the data trains, a third chooses the weight penalty, a third tests. Every
# way chooses its own penalty, split by split: the losses differ in scale.

splits, penalties = 10, torch.tensor([1e-4, 5e-4, 2e-3, 1e-2])
fit = partial(linear.fit_linear, decay=penalties.repeat_interleave(splits))
generator = torch.Generator().manual_seed(0)
scores, losses = {}, {"F1": lambda a, t: -f_score(soft_counts(a.sigmoid().T, t.T))}
for name, (x, y) in data.items():
    thirds = linear.random_thirds(len(x), splits, generator=generator)
    train, choice, test = ((x[r.repeat(4, 1)], y[r.repeat(4, 1)]) for r in thirds)
    zero = torch.zeros(4 * splits, x.shape[1] + 1)
    half = fit(zero, *train, linear.cross_entropy, steps=200)
    first = fit(half, *train, linear.cross_entropy, steps=100)
    cut = best_threshold(linear.linear_logits(first, choice[0]), choice[1])[0]
    ways = {
        "cross-entropy": (first, 0),
        "threshold": (first, cut),
        "then soft F1": (fit(half, *train, losses["F1"], steps=100), 0),
        "soft F1 alone": (fit(zero, *train, losses["F1"], steps=300), 0),
    }
    for way, (weights, at) in ways.items():
        leads = [linear.linear_logits(weights, z).T - at for z, _ in (choice, test)]
        chosen = f_score(soft_counts((leads[0] >= 0).float(), choice[1].T))
        tested = f_score(soft_counts((leads[1] >= 0).float(), test[1].T))
        scores[name, way] = linear.choose(chosen, tested, splits)

# %%
# ## Differences, split by split
#
# Look which intervals (95 %, Student, corrected for splits that share data) contain 0.

fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
for row, (name, way) in enumerate(scores):
    base = 0 if way == "cross-entropy" else scores[name, "cross-entropy"]
    lead = scores[name, way] - base
    mean, error = lead.mean(), linear.split_error(lead)
    record(f"smoothing/f1-{name}-{way.replace(' ', '-').lower()}", mean, error=error)
    if way != "cross-entropy":
        ax.errorbar(mean, row, xerr=2.262 * error, fmt=f"C{row // 4}o", capsize=4)
ax.axvline(0, color="0.5", linestyle="--")
ax.set_yticks([1, 2, 3, 5, 6, 7], [f"{n}: {w}" for n, w in scores if w[0] != "c"])
ax.set(title="Test F1 minus cross-entropy's", xlabel="difference", ylim=(7.5, 0.5))
fig.set_label("Differences of F1, three ways on two data sets, with intervals, near 0.")
plt.show()
