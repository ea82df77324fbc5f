r"""
# Noise and a maximum sample exactly, if the sign is right

A million perturbed maxima follow the softmax; with the noise turned round they do not.

[Eq. (gumbel-max)](../../notes/gumbel_softmax.md) claims an exact sample, not an
approximate one. So the test is a strict one: a chi-square test over a million draws,
which notices a probability that is off by a few thousandths.
"""

import matplotlib.pyplot as plt
import torch
from scipy import integrate, stats

from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.maximum import gumbel_max
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
draws = 1_000_000
probs = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
logits = probs.log()
noise = sample_gumbel(logits.expand(draws, -1), generator=generator)  # (S, K)

# %%
# ## Test the theorem, and a wrong version of it
#
# The wrong version adds $-g$, the noise of minima. A frequent slip leads to it: a
# minus sign forgotten in $-\log(-\log u)$. Its law is worked out by quadrature.

counts = gumbel_max(logits, noise=noise).bincount()
wrong_counts = gumbel_max(logits, noise=-noise).bincount()
others = [logits[torch.arange(4) != i].numpy() for i in range(4)]
minima = stats.gumbel_l  # the law of -g
wrong_probs = [
    integrate.quad(
        lambda x, a=a, rest=rest: minima.pdf(x - a) * minima.cdf(x - rest).prod(),
        -15,
        6,
    )[0]
    for a, rest in zip(logits.tolist(), others, strict=True)
]
print("probabilities   ", [f"{p:.4f}" for p in probs.tolist()])
print("right sign      ", [f"{c / draws:.4f}" for c in counts.tolist()])
print("wrong sign      ", [f"{c / draws:.4f}" for c in wrong_counts.tolist()])
print("its own law     ", [f"{p:.4f}" for p in wrong_probs])

test = stats.chisquare(counts, probs * draws)
record("gumbel_softmax/chi-square-p", test.pvalue)
expected = torch.tensor(wrong_probs, dtype=torch.float64) / sum(wrong_probs) * draws
own_law = stats.chisquare(wrong_counts, expected)
record("gumbel_softmax/wrong-sign-own-law-p", own_law.pvalue)
share = wrong_counts[0] / draws
error = (share * (1 - share) / draws).sqrt()
record("gumbel_softmax/wrong-sign-first-share", share, error=error)

# %%
# ## See both
#
# The first two bars of each group are equal. The third, with the wrong sign, gives
# too much to the likely categories and starves the unlikely ones.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
groups = {"softmax": probs, "right sign": counts, "wrong sign": wrong_counts}
for shift, (label, heights) in zip((-0.27, 0, 0.27), groups.items(), strict=True):
    shares = (heights / heights.sum()).numpy()
    ax.bar([i + shift for i in range(4)], shares, width=0.25, label=label)
ax.set(title="Who wins", xlabel="category", ylabel="share of draws", xticks=range(4))
ax.legend()
fig.set_label(
    "Bars for four categories: softmax and right sign are equally high, the wrong sign "
    "is higher at the first category and much lower at the last."
)
plt.show()
