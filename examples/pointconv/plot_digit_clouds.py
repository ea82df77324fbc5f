r"""
# Images as clouds: PointConv beside a convolution of the same width

Digits as clouds of 64 pixels: PointConv, a convolution of images, and single points.

The layer is that of [Eq. (point-conv)](../../notes/pointconv.md).
"""

from functools import partial

import matplotlib.pyplot as plt
import torch
from torch import nn

from dlnotes.blocks.supervised import find_classes, learn_classes, take_rows
from dlnotes.ledger import record
from dlnotes.pointconv.images import pixel_cloud
from dlnotes.pointconv.layer import PointConv
from dlnotes.pointconv.model import PointConvClassifier
from dlnotes.pointconv.neighborhood import Level, neighborhood, whole_cloud
from dlnotes.toy.images import load_digit_images, split_digits

images, labels = load_digit_images()
learn, test = split_digits()
images = (images - images[learn].mean()) / images[learn].std()
steps, seeds, layer = 350, 5, partial(PointConv, coordinates=2)

# %%
# A pixel has two coordinates and its intensity. Neighbors are found once.

points, intensity = pixel_cloud(images)
points = points - 3.5
few = points.unflatten(1, (8, 8))[:, ::2, ::2].flatten(1, 2)
real = torch.ones(points.shape[:2], dtype=torch.bool)
levels = [Level(points, real, neighborhood(points, points, 9))]
levels += [Level(few, real[:, :16], neighborhood(points, few, 9)), whole_cloud(few)]
single = torch.cat([points / 3.5, intensity], -1).mT
inputs = {"PointConv": (intensity, levels), "Conv2d": (images,), "points": (single,)}

# %%
# The first two networks have 16, 32 and 64 channels, over nine neighbors, nine, and 16;
# the third looks at single points and takes the largest values. Five times each.

accuracy, weights = torch.zeros(3, seeds), {}
for seed in range(seeds):
    kinds = nn.Conv2d(1, 16, 3, 1, 1), nn.Conv2d(16, 32, 3, 2, 1), nn.Conv2d(32, 64, 4)
    plain = [(one, nn.BatchNorm2d(len(one.weight)), nn.ReLU()) for one in kinds]
    kinds = nn.Conv1d(3, 64, 1), nn.Conv1d(64, 128, 1)
    alone = [(one, nn.BatchNorm1d(len(one.weight)), nn.ReLU()) for one in kinds]
    pool = nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(128, 10)
    models = (
        PointConvClassifier(
            10, [(16,), (32,), (64,)], channels=1, head=(), layer=layer
        ),
        nn.Sequential(*sum(plain, ()), nn.Flatten(), nn.Linear(64, 10)),
        nn.Sequential(*sum(alone, ()), *pool),
    )
    for row, (model, given) in enumerate(zip(models, inputs.values(), strict=True)):
        rng, some = torch.Generator().manual_seed(seed), take_rows(given, learn)
        learn_classes(model, some, labels[learn], steps=steps, generator=rng)
        found = find_classes(model, take_rows(given, test), len(test))
        accuracy[row, seed] = (found == labels[test]).double().mean()
        weights[row] = sum(p.numel() for p in model.parameters())
for row, (name, found) in enumerate(zip(inputs, accuracy, strict=True)):
    words, lead = name.lower(), accuracy[0] - found
    record(f"pointconv/digits-weights-{words}", weights[row], exact=True)
    record(f"pointconv/digits-{words}", found.mean(), error=found.std() / seeds**0.5)
    if row:
        error, words = lead.std() / seeds**0.5, f"lead-over-{words}"
        record(f"pointconv/digits-{words}", lead.mean(), error=error)

# %%
# Accuracies on digits of other writers. Each point is one network, lines are means.

fig, ax = plt.subplots(figsize=(5.5, 2.4), layout="constrained")
ax.plot(accuracy.T, torch.arange(3).expand(seeds, 3), "C0o", alpha=0.6)
ax.plot(accuracy.mean(1), range(3), "C3|", ms=18)
ax.set(xlabel="accuracy", yticks=range(3), yticklabels=inputs, ylim=(2.5, -0.5))
fig.set_label("Accuracies of three kinds of networks, five of each.")
plt.show()
