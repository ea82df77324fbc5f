r"""
# Noise and a maximum sample exactly, if the sign is right

A million perturbed maxima follow the softmax; with the noise turned round they do not.

[Eq. (gumbel-max)](../../notes/gumbel_softmax.md) claims an exact sample, not an
approximate one. So the test is a strict one: a chi-square test over a million draws,
which notices a probability that is off by a few thousandths.
"""

import itertools

import matplotlib.pyplot as plt
import torch
from scipy import stats

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
# minus sign forgotten in $-\log(-\log u)$. Since $-g$ is the logarithm of an
# exponential variable, its law is that of the largest of exponential variables with
# means $p_i$. It is worked out by inclusion and exclusion.

counts = gumbel_max(logits, noise=noise).bincount()
wrong_counts = gumbel_max(logits, noise=-noise).bincount()
wrong_law = []
for i in range(4):  # is the largest exponential variable number i?
    rest = [p for j, p in enumerate(probs.tolist()) if j != i]
    subsets = [s for n in range(4) for s in itertools.combinations(rest, n)]
    minima = [1 + sum(probs[i] / p for p in subset) for subset in subsets]
    parts = zip(subsets, minima, strict=True)
    wrong_law.append(sum((-1) ** len(subset) / rate for subset, rate in parts))
law = torch.tensor(wrong_law, dtype=torch.float64)
print("probabilities   ", [f"{p:.4f}" for p in probs.tolist()])
print("right sign      ", [f"{c / draws:.4f}" for c in counts.tolist()])
print("wrong sign      ", [f"{c / draws:.4f}" for c in wrong_counts.tolist()])
print("its own law     ", [f"{p:.4f}" for p in law.tolist()])
for name, seen, expected in (("right", counts, probs), ("wrong", wrong_counts, law)):
    test = stats.chisquare(seen, expected * draws)
    print(f"{name} sign: chi-square p-value {test.pvalue:.3f}")
    share = seen[0] / draws
    error = (share * (1 - share) / draws).sqrt()
    record(f"gumbel_softmax/{name}-sign-first-share", share, error=error)
record("gumbel_softmax/wrong-sign-first-probability", law[0], exact=True)

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
