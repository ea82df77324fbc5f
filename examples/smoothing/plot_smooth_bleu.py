r"""
# Smooth BLEU overrates what is uncertain, and still finds the reference

It clips average counts where BLEU averages clipped ones, so it is too high in between.

[Eq. (smooth-bleu)](../../notes/smoothing.md) is exact for certain words. For uncertain
ones it is neither the mean BLEU of drawn sentences nor a bound on it; its gradient has
the right direction all the same.
"""

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import one_hot

from dlnotes.ledger import record
from dlnotes.smoothing.argmax import soft_onehot
from dlnotes.smoothing.bleu import bleu, smooth_bleu

generator = torch.Generator().manual_seed(0)
words, length, sentences, draws, corpora = 6, 12, 8, 40, 10
references = torch.randint(words, (corpora, sentences, 1, length), generator=generator)
truth = one_hot(references[:, :, 0], words).double()
noise = torch.randn(truth.shape, dtype=torch.float64, generator=generator)
logits = 2 * truth + noise  # mostly, not always, right
smooth_each = torch.vmap(smooth_bleu)  # one score for each corpus

# %%
# ## From uncertain to certain
#
# Ten corpora: the smooth BLEU of distributions, the mean BLEU of sentences drawn from
# them. Look for the curve above the dots, and where both end.

sharpness = torch.logspace(-1, 1.5, 14).tolist()
smooth, mean = torch.empty(2, 14, corpora)
for i, k in enumerate(sharpness):
    probs = soft_onehot(logits, k)
    smooth[i] = smooth_each(probs, references)
    drawn = torch.multinomial(probs.flatten(0, 2), draws, True, generator=generator)
    drawn = drawn.T.reshape(draws, corpora, sentences, length).tolist()
    for c, refs in enumerate(references.tolist()):
        mean[i, c] = sum(bleu(d[c], refs) for d in drawn) / draws

# %%
# ## Up the gradient
#
# First: the curve above the dots. Second: steps of Adam, scored on the likeliest words.

leaf = logits.clone().requires_grad_()
optimizer, path = torch.optim.Adam([leaf], lr=0.1), []
for _ in range(201):
    pairs = zip(leaf.argmax(-1).tolist(), references.tolist(), strict=True)
    path.append(torch.tensor([bleu(c, refs) for c, refs in pairs]))
    total = smooth_each(leaf.softmax(-1), references).sum()
    (leaf.grad,) = torch.autograd.grad(-total, leaf)
    optimizer.step()

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
left.semilogx(sharpness, smooth.mean(-1), label="smooth BLEU")
left.semilogx(sharpness, mean.mean(-1), "C1o", ms=4, label="mean of drawn")
left.axhline(path[0].mean(), color="0.5", linestyle="--", label="most probable words")
left.set(title="BLEU", xlabel="sharpness κ", ylabel="score", ylim=(0, 0.85))
left.legend(loc="upper left", fontsize="small")
right.plot([scores.mean() for scores in path])
right.set(title="Climbing the smooth BLEU", xlabel="step", ylabel="BLEU of the words")
fig.set_label(
    "First: smooth BLEU lies above the mean BLEU of drawn sentences and both reach the "
    "BLEU of the most probable words. Second: that BLEU climbs while smooth BLEU is "
    "maximized."
)
plt.show()

for name, scores in (
    ("smooth-between", smooth[7]),
    ("drawn-between", mean[7]),
    ("overrates", smooth[7] - mean[7]),
    ("before", path[0]),
    ("gain", path[-1] - path[0]),
):
    error = scores.std() / corpora**0.5  # over the corpora
    record(f"smoothing/bleu-{name}", scores.mean(), error=error)
