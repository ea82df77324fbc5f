r"""
# The k largest are a draw without replacement

The ordered pairs with the largest noise are as frequent as pairs drawn from an urn.

[Eq. (gumbel-top-k)](../../notes/gumbel_softmax.md) perturbs once and keeps the $k$
largest; [Eq. (plackett-luce)](../../notes/gumbel_softmax.md) is the probability of
drawing them one after the other.
"""

import itertools

import matplotlib.pyplot as plt
import torch
from scipy import stats

from dlnotes.gumbel_softmax.top_k import gumbel_top_k, plackett_luce_log_prob
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
draws, k = 500_000, 2
weights = torch.tensor([4, 3, 2, 1])  # with a sum of 10
logits = weights.double().log()

# %%
# ## List all ordered pairs
#
# Four categories make twelve ordered pairs. Their probabilities sum to 1.

pairs = torch.tensor(list(itertools.permutations(range(4), k)))  # (12, 2)
law = plackett_luce_log_prob(pairs, logits).exp()
print(f"sum of the probabilities {law.sum():.6f}")

# %%
# ## Draw pairs and compare
#
# Look for dots in the middle of the bars, and for the two orders of a pair: (0, 3) is
# more frequent than (3, 0).

sample = gumbel_top_k(logits.expand(draws, -1), k, generator=generator)  # (S, 2)
counts = (sample @ torch.tensor([4, 1])).bincount(minlength=16)
counts = counts[pairs @ torch.tensor([4, 1])]
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.bar(range(12), law.numpy(), color="C0", alpha=0.5, label="urn, by enumeration")
ax.plot(range(12), counts / draws, "o", color="C1", label="two largest, drawn")
names = [f"{i},{j}" for i, j in pairs.tolist()]
ax.set(title="Ordered pairs", xlabel="first, second", ylabel="share of draws")
ax.set_xticks(range(12), names)
ax.legend()
fig.set_label(
    "Bars with the probability of each of twelve ordered pairs, and dots with the "
    "observed shares, which sit on top of the bars."
)
plt.show()

print(f"chi-square p-value {stats.chisquare(counts, law * draws).pvalue:.3f}")
share = counts[2] / draws  # of the pair (0, 3), likely first and unlikely second
error = (share * (1 - share) / draws).sqrt()
record("gumbel_softmax/outer-pair-share", share, error=error)
record("gumbel_softmax/outer-pair-probability", law[2], exact=True)

# %%
# ## Two draws with replacement are something else
#
# Two independent samples are equal quite often; the two largest never are.

percent = (weights**2).sum()  # sum of squared probabilities, in hundredths
repeats = (sample[:, 0] == sample[:, 1]).sum()
record("gumbel_softmax/top-k-repeats", repeats, exact=True)
record("gumbel_softmax/independent-repeats", percent, exact=True, unit="%")
