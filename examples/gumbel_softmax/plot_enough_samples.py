r"""
# With enough samples an unbiased gradient is the better one

Averaging removes variance and leaves bias, so the number of samples decides.

The gradient is that of [the comparison of estimators](plot_bias_and_variance.md), with
the relaxed sample of [Eq. (gumbel-softmax)](../../notes/gumbel_softmax.md) at
temperature 1 against the score function.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, straight_through
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(1)
draws = 300_000
probs = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
weights = torch.tensor([1.0, -1.0, 0.5], dtype=torch.float64)
values = weights.square()  # f at the corners
exact = probs * (values - probs @ values)
rows = probs.log().expand(draws, -1).clone().requires_grad_()  # (S, K), leaves
relaxed = gumbel_softmax(rows, 1.0, noise=sample_gumbel(rows, generator=generator))
(soft,) = torch.autograd.grad((relaxed @ weights).square().sum(), rows)
hard = straight_through(relaxed).detach()
score = (hard @ weights).square().unsqueeze(-1) * (hard - probs)  # (S, K)

# %%
# ## Where the two squared errors meet
#
# The squared error of a mean of $n$ samples is the squared bias plus the variance over
# $n$. The score function has no bias and the larger variance; both errors are equal
# at the difference of the variances over the squared bias. The standard error of this
# ratio is that of its first-order change.

off = soft.mean(0) - exact
gap = (score - exact).square().sum(-1) - (soft - soft.mean(0)).square().sum(-1)  # (S,)
even = gap.mean() / off.square().sum()
change = even * (gap / gap.mean() - 2 * (soft @ off) / off.square().sum())
name, error = "gumbel_softmax/score-function-wins-from", change.std() / draws**0.5
record(name, even, error=error, unit="samples")

# %%
# ## Look at averages of as many samples
#
# Dots are mean squared errors of averages over groups of samples, lines come from bias
# and variance. The dotted line is where they should cross.

sizes = [1, 2, 5, 10, 20, 50, 100, 200]
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for i, (label, gradient) in enumerate(
    {"relaxed": soft, "score function": score}.items()
):
    bias = off if label == "relaxed" else torch.zeros(3)
    variance = gradient.var(0).sum()
    line = [bias.square().sum() + variance / n for n in sizes]
    groups = [gradient.reshape(-1, n, 3).mean(1) for n in sizes]
    dots = [(group - exact).square().sum(-1).mean() for group in groups]
    ax.loglog(sizes, line, color=f"C{i}", label=label)
    ax.loglog(sizes, dots, "o", color=f"C{i}")
ax.axvline(even, color="0.5", linestyle=":")
ax.set(title="Squared error of the mean gradient", xlabel="samples", ylabel="error")
ax.legend()
fig.set_label(
    "Squared error against the number of samples: that of the relaxed gradient levels "
    f"off, that of the score function falls on and is lower from {even.ceil():.0f} "
    "samples on."
)
plt.show()
