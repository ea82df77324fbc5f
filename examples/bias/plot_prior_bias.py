r"""
# The right last bias saves the first steps; the rest is up to the optimizer

One digit in a hundred is an 8: told so, a network starts with less to learn.

The last bias starts at 0 or at [Eq. (prior-bias)](../../notes/bias.md), and the loss
then at $\log 2$ or near [Eq. (prior-entropy)](../../notes/bias.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.bias.prior import prior_bias, prior_entropy
from dlnotes.blocks.vae import mlp
from dlnotes.ledger import record
from dlnotes.toy.digits import load_digits

images, labels = load_digits()
eights = torch.nonzero(labels == 8).flatten()
kept = torch.cat([torch.nonzero(labels != 8).flatten(), eights[:16]])
x, y = images[kept], (labels[kept] == 8).float()  # 1639 images, 16 of them an 8
prior = y.double().mean()
optimizers = {
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
}

# %%
# ## Train a hundred steps, eight times each
#
# Both starts get the same initial weights. Only the last bias differs.

losses = torch.zeros(2, 2, 8, 101)  # optimizers, starts, runs, steps
for j, optimizer in enumerate(optimizers.values()):
    for k, start in enumerate((0.0, prior_bias(prior).item())):
        for seed in range(8):
            model = mlp(64, 32, 1, generator=torch.Generator().manual_seed(seed))
            torch.nn.init.constant_(model[-1].bias, start)
            stepper = optimizer(model.parameters())
            for step in range(101):
                stepper.zero_grad()
                loss = F.binary_cross_entropy_with_logits(model(x).squeeze(1), y)
                losses[j, k, seed, step] = loss.item()
                loss.backward()
                stepper.step()

# %%
# ## Compare
#
# Bands are 95 % intervals of the mean of eight runs. At the left, one start is already
# at the dashed entropy, which no constant can beat. Then look at the right ends.

fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), sharey=True, layout="constrained")
first = losses[0, :, :, 0].mean(1)
fig.set_label(
    "Training loss against steps, mean and interval of eight runs. From a zero bias it "
    f"starts at {first[0]:.2f}, from the prior at {first[1]:.2f}, near the entropy. "
    "With momentum the curves cross; with Adam the prior stays ahead."
)
entropy = prior_entropy(torch.stack([1 - prior, prior]))
for ax, name, panel in zip(axes, optimizers, losses, strict=True):
    for k, start in enumerate(("zero", "prior")):
        mean, error = panel[k].mean(0), panel[k].std(0) / 8**0.5
        half = 2.365 * error  # Student's t, seven degrees of freedom
        low = (mean - half).clamp(min=1e-4)
        ax.semilogy(mean, f"C{k}", label=f"last bias at {start}")
        ax.fill_between(range(101), low, mean + half, color=f"C{k}", alpha=0.3)
        key = f"bias/{start}-{name}-loss"
        record(f"{key}-0", mean[0], error=error[0], unit="nats")
        record(f"{key}-100", mean[100], error=error[100], unit="nats")
    ax.axhline(entropy, color="0.5", linestyle="--", label="entropy of the class")
    ax.set(xlabel="step", ylabel="training loss (nats)", title=name.capitalize())
axes[0].legend(fontsize=8)
plt.show()
record("bias/entropy-of-eights", entropy, unit="nats", exact=True)
record("bias/bias-of-one-percent", prior_bias(0.01), exact=True)
constant = prior_bias(prior).expand(len(y))
gap = F.binary_cross_entropy_with_logits(constant, y.double()) - entropy
record("bias/constant-loss-gap", gap.abs(), unit="nats", exact=True)
