r"""
# Without the root of the length, softmax stops listening

Products of longer vectors spread more, until one key takes all and no gradient passes.

The variance is that of [Eq. (score-variance)](../../notes/vit.md), the freedom that of
[Eq. (softmax-slope)](../../notes/vit.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.vit.scaling import score_moments, softmax_freedom

rng = torch.Generator().manual_seed(0)
lengths, repeats, keys = [4, 16, 64, 256, 1024], 200, 64

# %%
# ## Measure the variance of products
#
# Entries with mean 0 and variance 1. Each repetition draws new queries and keys.

variances, freedom = torch.zeros(len(lengths), repeats), torch.zeros(2, len(lengths))
for row, length in enumerate(lengths):
    for repeat in range(repeats):
        query, key = torch.randn(2, keys, length, generator=rng)
        variances[row, repeat] = score_moments(query, key)[1]
        for k, scale in enumerate((1, length**0.5)):
            weights = (query @ key.T / scale).softmax(-1)
            freedom[k, row] += softmax_freedom(weights).mean() / repeats
means, errors = variances.mean(1), variances.std(1) / repeats**0.5
for length in (16, 64, 256):
    at = lengths.index(length)
    record(f"vit/score-variance-{length}", means[at], error=errors[at])
    print("expected:", length)

# %%
# ## Measure what is left of the slope
#
# With equal weights the trace of the derivatives would be nearly 1. Errors of the means
# below are smaller than the last digit shown.

for name, values in zip(("undivided", "divided"), freedom.tolist(), strict=True):
    print(name, [f"{value:.3f}" for value in values])
ratio = freedom[1, 3] / freedom[0, 3]
draws = torch.randn(20, 2, keys, 256, generator=rng)
again = torch.stack(
    [
        softmax_freedom((q @ k.T / 16).softmax(-1)).mean()
        / softmax_freedom((q @ k.T).softmax(-1)).mean()
        for q, k in draws
    ]
)
record("vit/freedom-ratio", again.mean(), error=again.std() / 20**0.5, unit="×")
print("from the table:", f"{ratio:.1f}")

# %%
# First, the points lie on the line of equal numbers. Second, the division keeps the
# slope where it is; without it, the slope falls towards 0.

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
left.loglog(lengths, means, "o", label="measured")
left.loglog(lengths, lengths, "C7-", lw=1, label="equal")
left.set(xlabel="length of a key", ylabel="variance of a score")
left.legend()
right.semilogx(lengths, freedom[0], "C3o-", label="scores as they are")
right.semilogx(lengths, freedom[1], "C0s-", label="divided by the root")
right.set(xlabel="length of a key", ylabel="trace of the derivatives", ylim=(0, 1))
right.legend()
fig.set_label(
    "Variances on a straight line; slopes that stay with the division and fall without."
)
plt.show()
