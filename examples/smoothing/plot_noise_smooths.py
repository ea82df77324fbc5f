r"""
# Noise smooths a maximum

The mean of a maximum under Gumbel noise is the log-sum-exp, without a limit.

Add noise to all values, take the ordinary maximum, average. By
[Eq. (perturbed-max)](../../notes/smoothing.md) Gumbel noise makes this the smooth
maximum exactly: a case of [Eq. (expected-max)](../../notes/gumbel_softmax.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.smoothing.argmax import soft_onehot
from dlnotes.smoothing.maximum import smooth_max
from dlnotes.smoothing.perturbation import perturbed_max

generator = torch.Generator().manual_seed(0)
draws = 100_000
gaps = torch.linspace(-4, 4, 33, dtype=torch.float64)
pairs = torch.stack([gaps, torch.zeros_like(gaps)], -1)  # max(x, 0)
means, shares = [], []
for pair in pairs:
    leaf = pair.expand(draws, -1).clone().requires_grad_()
    heights = perturbed_max(leaf, 1.0, generator=generator)
    means.append(heights.detach())
    shares.append(torch.autograd.grad(heights.sum(), leaf)[0][:, 0])

# %%
# ## A rounded ramp and its slope
#
# Dots are averages over noise: first of the maximum, second of its one-hot gradient.
# Look for dots on the curves.

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
left.plot(gaps, gaps.clamp(min=0), color="0.5", label="max(x, 0)")
left.plot(gaps, smooth_max(pairs, 1.0), label="smooth maximum")
left.plot(gaps, [m.mean() for m in means], "C1.", label="mean over noise")
left.set(title="Maximum", xlabel="x", ylabel="value")
left.legend()
right.plot([-4, 0, 0, 4], [0, 0, 1, 1], color="0.5", label="argmax")
right.plot(gaps, soft_onehot(pairs, 1.0)[:, 0], label="softmax")
right.plot(gaps, [s.mean() for s in shares], "C1.", label="mean over noise")
right.set(title="Its gradient", xlabel="x", ylabel="share of wins of x")
fig.set_label(
    "First: dots on the smooth maximum, a ramp rounded at 0. Second: dots on the "
    "sigmoid, a step rounded at 0."
)
plt.show()

# %%
# ## How far off
#
# Averages over all 33 places, each with its own noise: of the mean less the smooth
# maximum, and of the share of wins less the softmax. Both should be 0 within a few of
# their standard errors.

names = ("noise-mean-off", "noise-share-off")
curves = (smooth_max(pairs, 1.0), soft_onehot(pairs, 1.0)[:, 0])
for name, drawn, curve in zip(names, (means, shares), curves, strict=True):
    off = torch.stack([d.mean() for d in drawn]) - curve
    variance = torch.stack([d.var() for d in drawn]) / draws
    error = variance.sum().sqrt() / len(pairs)
    record(f"smoothing/{name}", off.mean(), error=error)
