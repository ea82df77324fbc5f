r"""
# Adam moves a bias that has no gradient

What reaches an inert bias is rounding, and Adam divides by the size of what it gets.

The bias before a batch normalization is inert in train mode,
[Eq. (inert)](../../notes/bias.md). Plain gradient descent leaves it where it is.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.bias.inertness import bias_slope
from dlnotes.ledger import record
from dlnotes.toy.digits import load_digits

images, labels = load_digits()
optimizers = {
    "Adam": lambda p: torch.optim.Adam(p, lr=1e-2, eps=1e-8),
    "gradient descent": lambda p: torch.optim.SGD(p, lr=1e-1),
}

# %%
# ## Train a small network, and follow the inert bias
#
# Single precision, five runs of 200 steps each, the same initial weights for both.
# After each run the output is differentiated in the bias and in the weights before it.

paths, slopes = torch.zeros(2, 5, 200, 32), torch.zeros(2, 5)
for k, optimizer in enumerate(optimizers.values()):
    for seed in range(5):
        rng = torch.Generator().manual_seed(seed)
        layers = [nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10)]
        model = nn.Sequential(*layers)
        for index in (0, 3):
            nn.init.normal_(model[index].weight, std=0.1, generator=rng)
            nn.init.zeros_(model[index].bias)
        stepper = optimizer(model.parameters())
        for step in range(200):
            rows = torch.randint(1797, (100,), generator=rng)
            stepper.zero_grad()
            F.cross_entropy(model(images[rows]), labels[rows]).backward()
            stepper.step()
            paths[k, seed, step] = model[0].bias.detach()
        probe = torch.randn(1797, 10, generator=rng)
        for j, part in enumerate(("0.bias", "0.weight")):
            slopes[j, seed] = bias_slope(model, part, images, probe).abs().max()

# %%
# Look at the scales: the two panels show the same 32 biases of the same network.

fig, axes = plt.subplots(1, 2, figsize=(7, 3.1), layout="constrained")
fig.set_label(
    "Thirty-two inert biases during 200 steps of training, under Adam and under plain "
    "gradient descent. Adam lets them wander; gradient descent leaves them within "
    "rounding of 0."
)
for ax, name, path in zip(axes, optimizers, paths, strict=True):
    ax.plot(range(0, 200, 4), path[0, ::4], lw=0.7)
    ax.set(xlabel="step", ylabel="bias", title=name)
    largest = path.abs().amax((1, 2))
    key = name.lower().replace(" ", "-")
    error = largest.std() / 5**0.5
    record(f"bias/drift-{key}", 1e6 * largest.mean(), error=1e6 * error, unit="× 10⁻⁶")
plt.show()

for name, slope in zip(("inert", "weight"), slopes, strict=True):
    key = f"bias/{name}-slope-single"
    record(key, slope.mean(), error=slope.std() / 5**0.5)
