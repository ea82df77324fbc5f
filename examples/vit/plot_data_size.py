r"""
# With few images a convolutional network is ahead

Accuracy against the number of images to learn from, for both kinds of networks.

About as many parameters, as many batches; five draws of the images, shared by both.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.blocks.training import train
from dlnotes.ledger import record
from dlnotes.toy.images import load_digit_images, split_digits
from dlnotes.vit.model import VisionTransformer, initialize

images, labels = load_digit_images()
learn, test = split_digits()
sizes, seeds = [25, 100, 300, 1297], 5

# %%
# ## Train on subsets
#
# 150 steps of up to 32 images each.

accuracy = torch.zeros(2, len(sizes), seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    order = learn[torch.randperm(len(learn), generator=rng)]
    for k, size in enumerate(sizes):
        convolutions = nn.Sequential(
            *(nn.Conv2d(1, 24, 3, 1, 1), nn.ReLU(), nn.Conv2d(24, 40, 3, 2, 1)),
            *(nn.ReLU(), nn.Conv2d(40, 40, 3, 2, 1), nn.ReLU(), nn.Flatten()),
            nn.Linear(160, 10),
        )
        tokens = VisionTransformer(
            8, 2, dim=32, depth=2, heads=4, channels=1, classes=10
        )
        for row, model in enumerate((convolutions, tokens)):
            initialize(model, generator=rng)
            train(
                *(model, order[:size]),
                lambda m, batch, _: F.cross_entropy(m(images[batch]), labels[batch]),
                **{"steps": 150, "batch": 32, "learning_rate": 3e-3, "generator": rng},
            )
            with torch.no_grad():
                hit = model(images[test]).argmax(-1) == labels[test]
            accuracy[row, k, seed] = hit.float().mean()
for name, model in (("convolutional", convolutions), ("vit", tokens)):
    count = sum(parameter.numel() for parameter in model.parameters())
    record(f"vit/toy-parameters-{name}", count, exact=True)

# %%
# ## Compare, draw by draw
#
# The gap is paired; its error is a standard error over five draws.

gaps = accuracy[0] - accuracy[1]
for k, size in enumerate(sizes):
    record(f"vit/gap-{size}", gaps[k].mean(), error=gaps[k].std() / seeds**0.5)
shrink = gaps[0] - gaps[-1]
record("vit/gap-shrinks", shrink.mean(), error=shrink.std() / seeds**0.5)

# %%
# The lines approach each other and do not cross. Bars are standard errors.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for row, name in enumerate(("convolutional network", "vision transformer")):
    mean, error = accuracy[row].mean(1), accuracy[row].std(1) / seeds**0.5
    ax.errorbar(sizes, mean, error, fmt="o-", label=name, capsize=3)
ax.set(xscale="log", xlabel="images to learn from", ylabel="accuracy on other writers")
ax.set_xticks(sizes, sizes)
ax.legend()
fig.set_label(
    "Two rising curves; the convolutional one is higher, most so at the left."
)
plt.show()
