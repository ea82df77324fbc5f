r"""
# Many draws of noise stand behind one winner

Averaging straight-through over the noise that lets a category win cuts its variance.

Straight-through, [Eq. (straight-through)](../../notes/gumbel_softmax.md), evaluates $f$
at the winner only. The slope of the relaxed sample also depends on how it won, and that
part can be averaged without another evaluation of $f$: draw more noise from
[Eq. (noise-given-argmax)](../../notes/gumbel_softmax.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.maximum import gumbel_max, noise_given_argmax
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, straight_through
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
draws, redraws = 50_000, [1, 3, 10, 30]
logits = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64).log()
weights = torch.tensor([1.0, -1.0, 0.5], dtype=torch.float64)
rows = logits.expand(draws, -1).clone().requires_grad_()  # (S, K)
winner = gumbel_max(rows, generator=generator)
fresh = sample_gumbel(rows.expand(max(redraws), -1, -1), generator=generator)
behind = noise_given_argmax(rows, winner, noise=fresh)  # (R, S, K)

# %%
# ## Average, then round
#
# Each relaxed sample has its largest entry at the winner, and so has their mean: it
# rounds to the same one-hot vector. The function is the same as in
# [the comparison of estimators](plot_bias_and_variance.md).

temperatures = [1.0, 0.3, 0.1]
means, squares = {}, {}  # squares: of the distance from the mean, one for each winner
for t in temperatures:
    for count in redraws:
        relaxed = gumbel_softmax(rows, t, noise=behind[:count]).mean(0)  # (S, K)
        total = (straight_through(relaxed) @ weights).square().sum()
        (gradient,) = torch.autograd.grad(total, rows)
        means[t, count] = gradient.mean(0)
        squares[t, count] = (gradient - gradient.mean(0)).square().sum(-1)  # (S,)

# %%
# ## See the variance fall
#
# The means agree up to their standard errors, so the bias stays as it is. The variance
# falls the more the colder it is, because there the slopes differ most.

for t in temperatures:
    for count in redraws:
        text = " ".join(f"{g:8.4f}" for g in means[t, count].tolist())
        print(f"temperature {t:<4} draws {count:<3} mean {text}")
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for t in temperatures:
    line = [squares[t, count].mean() for count in redraws]
    ax.loglog(redraws, line, "o-", label=f"temperature {t:g}")
ax.set(title="Straight-through, averaged", xlabel="draws of noise for each winner")
ax.set(ylabel="sum of the variances")
ax.set_xticks(redraws, [str(count) for count in redraws], minor=False)
ax.legend()
fig.set_label(
    "Variance against the number of draws of noise for each winner at three "
    f"temperatures: all fall, the coldest most, from {line[0]:.2g} to {line[-1]:.2g}."
)
plt.show()

# Both variances are means over the same winners. To first order their ratio is off by
# the mean of (one - gain * ten) over the lower mean.
one, ten = squares[0.1, 1], squares[0.1, 10]
gain = one.mean() / ten.mean()
error = (one - gain * ten).std() / draws**0.5 / ten.mean()
record("gumbel_softmax/averaging-gain", gain, error=error)
