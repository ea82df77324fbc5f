r"""
# Weight decay pulls the predictions towards zero, if it reaches the bias

Targets with a mean far from 0 are fitted badly for no gain; a free bias costs nothing.

Ridge regression, [Eq. (ridge)](../../notes/bias.md), on the real diabetes data of
scikit-learn, whose features have mean 0 and whose targets do not. What decay leaves of
the bias is [Eq. (shrunken-intercept)](../../notes/bias.md).
"""

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_diabetes

from dlnotes.bias.decay import ridge, shrunken_intercept
from dlnotes.bias.perceptron import append_one
from dlnotes.ledger import record

features, targets = load_diabetes(return_X_y=True)
x, y = torch.from_numpy(features), torch.from_numpy(targets)
x = x / x.std(0)
ones = append_one(x)
decays = torch.logspace(-1, 4, 26, dtype=torch.float64)

# %%
# ## Fit with and without a price on the bias
#
# The weights come out the same; only the bias differs.

fits = torch.zeros(2, 26, 11, dtype=torch.float64)
for k, paid in enumerate((0.0, 1.0)):
    for j, decay in enumerate(decays):
        price = torch.full((11,), float(decay), dtype=torch.float64)
        price[-1] *= paid
        fits[k, j] = ridge(ones, y, price)
errors = (ones @ fits.mT - y[:, None]).square().mean(1).sqrt()  # (2, 26)

# %%
# ## Compare
#
# Look at the right ends: the free bias stays at the mean of the targets, the other one
# goes to 0 along the predicted curve, and takes the error with it.

fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), layout="constrained")
fig.set_label(
    "Bias and training error of ridge regression against the decay, on a logarithmic "
    "axis. With a free bias both stay nearly level; with decay on the bias it falls to "
    "0 and the error rises."
)
mean = y.mean().item()
curve = [shrunken_intercept(mean, count=442, decay=float(d)) for d in decays]
for k, name in enumerate(("free bias", "bias with decay")):
    axes[0].semilogx(decays, fits[k, :, -1], f"C{k}o", ms=4, label=name)
    axes[1].semilogx(decays, errors[k], f"C{k}o-", ms=4, label=name)
axes[0].semilogx(decays, curve, color="0.5", label="predicted", zorder=0)
axes[0].set(xlabel="decay", ylabel="bias (disease score)")
axes[1].set(xlabel="decay", ylabel="root mean square error (score)")
axes[0].legend(fontsize=8)
plt.show()

predicted = torch.tensor(curve, dtype=torch.float64)
record("bias/decay-curve-error", (fits[1, :, -1] - predicted).abs().max(), exact=True)
record("bias/decay-free-drift", (fits[0, :, -1] - mean).abs().max(), exact=True)
gap = (fits[0] - fits[1])[:, :-1].abs().max()
record("bias/decay-weights-gap", gap, exact=True)
record("bias/decay-error-free", errors[0, 15], exact=True)
record("bias/decay-error-paid", errors[1, 15], exact=True)
print(f"both errors at a decay of {decays[15]:.0f}, of {y.std():.0f} without a model")
