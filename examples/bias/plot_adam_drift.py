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

from dlnotes.bias.effect import bias_slope
from dlnotes.blocks.training import minibatches
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
# Single precision, 200 steps, weights drawn from one generator for both.

paths, accuracies = {}, {}
for name, optimizer in optimizers.items():
    rng = torch.Generator().manual_seed(0)
    layers = [nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10)]
    model = nn.Sequential(*layers)
    for index in (0, 3):
        nn.init.normal_(model[index].weight, std=0.1, generator=rng)
        nn.init.zeros_(model[index].bias)
    step, path = optimizer(model.parameters()), []
    while len(path) < 200:
        for rows in minibatches(torch.arange(1797), 100, generator=rng):
            step.zero_grad()
            F.cross_entropy(model(images[rows]), labels[rows]).backward()
            step.step()
            path.append(model[0].bias.detach().clone())
    paths[name] = torch.stack(path[:200])
    right = model.eval()(images).argmax(1) == labels
    accuracies[name] = right.double().mean()

# %%
# Look at the scales: the two panels show the same 32 biases of the same network.

fig, axes = plt.subplots(1, 2, figsize=(7, 3.1), layout="constrained")
fig.set_label(
    "Thirty-two inert biases during 200 steps of training, under Adam and under plain "
    "gradient descent. Adam lets them wander by hundredths; gradient descent leaves "
    "them within rounding of 0."
)
for ax, (name, path) in zip(axes, paths.items(), strict=True):
    ax.plot(path, lw=0.7)
    ax.set(xlabel="step", ylabel="bias", title=name)
    record(f"bias/drift-{name.lower().replace(' ', '-')}", path.abs().max())
    print(f"{name}: accuracy {accuracies[name]:.3f} in eval mode")
plt.show()

probe = torch.randn(1797, 10, generator=rng)
slope = bias_slope(model.train(), "0.bias", images, probe).abs().max()
weight = bias_slope(model, "0.weight", images, probe).abs().max()
record("bias/inert-slope-single", slope)
record("bias/weight-slope-single", weight)
