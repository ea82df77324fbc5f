r"""
# On decisions the smooth scores are the scores

At one-hot inputs nothing is approximate; the error comes with soft inputs alone.

Random decisions go into the smooth accuracy, precision, recall, F1, BLEU and the masks
of the $k$ largest. The exact values come from scikit-learn, from
[Eq. (bleu)](../../notes/smoothing.md), which counts, and from sorting.
"""

import matplotlib.pyplot as plt
import torch
from sklearn import metrics
from torch.nn.functional import one_hot

from dlnotes.ledger import record
from dlnotes.smoothing import f_score as scores
from dlnotes.smoothing.accuracy import smooth_accuracy
from dlnotes.smoothing.argmax import soft_onehot
from dlnotes.smoothing.bleu import bleu, smooth_bleu
from dlnotes.smoothing.top_k import log_soft_k_max, soft_k_max

generator = torch.Generator().manual_seed(0)
rule = {"average": "macro", "zero_division": 0}
sharpness = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0]
names = ("accuracy", "precision", "recall", "macro F1", "BLEU", "mask", "log mask")
errors = torch.zeros(len(names), len(sharpness) + 1)

# %%
# ## A hundred rounds
#
# In each round 60 examples of 4 classes, 12 random sentences with two references each,
# and 20 values with equal gaps. In the last column of errors are decisions, the
# one-hot vectors themselves; a mask has no such input.

for _ in range(100):
    logits = torch.rand(60, 4, generator=generator).argsort(-1).double() / 4
    labels = torch.randint(4, (60,), generator=generator)
    decided = logits.argmax(-1)
    words = torch.rand(12, 12, 5, generator=generator).argsort(-1).double() / 5
    references = torch.randint(5, (12, 2, 12), generator=generator)
    values = torch.randperm(20, generator=generator).double() / 20
    mask = (values >= 0.85).double()  # the three largest
    exact = (
        metrics.accuracy_score(labels, decided),
        metrics.precision_score(labels, decided, **rule),
        metrics.recall_score(labels, decided, **rule),
        metrics.f1_score(labels, decided, **rule),
        bleu(words.argmax(-1).tolist(), references.tolist(), order=2),
    )
    for column, k in enumerate((*sharpness, None)):
        probs, tokens = (
            soft_onehot(x, k) if k else one_hot(x.argmax(-1)).double()
            for x in (logits, words)
        )
        counts = scores.soft_counts(probs, one_hot(labels, 4).double())
        smooth = (
            smooth_accuracy(probs, labels),
            scores.precision(counts).mean(),
            scores.recall(counts).mean(),
            scores.macro_f1(counts),
            smooth_bleu(tokens, references, order=2),
        )
        off = [abs(s.item() - e) for s, e in zip(smooth, exact, strict=True)]
        for function in (soft_k_max, log_soft_k_max):
            off.append((function(values, 3, k) - mask).abs().max() if k else 0)
        errors[:, column] = errors[:, column].maximum(torch.tensor(off))

fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for name, row, marker in zip(names, errors, "osv^Dx+", strict=True):
    ax.loglog(sharpness, row[:-1], f"{marker}-", ms=4, label=name)
ax.set(title="Largest error in a hundred rounds", xlabel="sharpness κ", ylabel="error")
ax.set_ylim(1e-16, 10)
ax.legend()
fig.set_label("Errors of seven scores against sharpness fall to the level of rounding.")
plt.show()

record("smoothing/decisions-largest-error", errors[:5, -1].max(), exact=True)
record("smoothing/mask-error-at-300", errors[5, -2], exact=True)
record("smoothing/log-mask-error-at-300", errors[6, -2], exact=True)
