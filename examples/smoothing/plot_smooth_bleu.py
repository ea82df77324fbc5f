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
words, length, sentences, draws = 6, 12, 8, 300
references = torch.randint(words, (sentences, 1, length), generator=generator)
truth = one_hot(references[:, 0], words).double()
noise = torch.randn(truth.shape, dtype=torch.float64, generator=generator)
logits = 2 * truth + noise  # mostly, not always, right

# %%
# ## From uncertain to certain
#
# At each sharpness, the smooth BLEU of the distributions and the mean BLEU of sentences
# drawn from them. Look for the curve above the dots, and for where both end.

sharpness = torch.logspace(-1, 1.5, 14).tolist()
smooth, mean = [], []
for k in sharpness:
    probs = soft_onehot(logits, k)
    smooth.append(smooth_bleu(probs, references).item())
    drawn = torch.multinomial(probs.flatten(0, 1), draws, True, generator=generator)
    drawn = drawn.reshape(sentences, length, draws).permute(2, 0, 1).tolist()
    scores = torch.tensor([bleu(d, references.tolist()) for d in drawn])
    mean.append((scores.mean().item(), scores.std().item() / draws**0.5))

# %%
# ## Up the gradient
#
# From the same logits, 200 steps of Adam on the smooth BLEU, scored by BLEU of the most
# probable words.

leaf = logits.clone().requires_grad_()
optimizer, path = torch.optim.Adam([leaf], lr=0.1), []
for _ in range(200):
    path.append(bleu(leaf.argmax(-1).tolist(), references.tolist()))
    (leaf.grad,) = torch.autograd.grad(-smooth_bleu(leaf.softmax(-1), references), leaf)
    optimizer.step()

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
left.semilogx(sharpness, smooth, label="smooth BLEU")
left.semilogx(sharpness, [m for m, _ in mean], "C1o", ms=4, label="mean of drawn")
decided = bleu(logits.argmax(-1).tolist(), references.tolist())
left.axhline(decided, color="0.5", linestyle="--", label="most probable words")
left.set(title="BLEU", xlabel="sharpness κ", ylabel="score")
left.set_ylim(0, 0.85)
left.legend(loc="upper left", fontsize="small")
right.plot(path)
right.set(title="Climbing the smooth BLEU", xlabel="step", ylabel="BLEU of the words")
fig.set_label(
    "Left: smooth BLEU lies above the mean BLEU of drawn sentences and both reach the "
    "BLEU of the most probable words. Right: that BLEU climbs while smooth BLEU is "
    "maximised."
)
plt.show()

middle = 7
record("smoothing/bleu-smooth-between", smooth[middle])
record("smoothing/bleu-drawn-between", mean[middle][0], error=mean[middle][1])
record("smoothing/bleu-before", path[0])
record("smoothing/bleu-after", path[-1])
