r"""
# Images as clouds of points: PointConv beside a convolution of the same width

Digits as clouds of 64 pixels: PointConv, a convolution of images, and single points.

The layer is that of [Eq. (point-conv)](../../notes/pointconv.md); a pixel has two
coordinates and its intensity.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

from dlnotes.blocks.supervised import find_classes, learn_classes, take_rows
from dlnotes.ledger import record
from dlnotes.pointconv.images import pixel_cloud
from dlnotes.pointconv.model import PointConvClassifier
from dlnotes.pointconv.neighborhood import Level, neighborhood, whole_cloud
from dlnotes.toy.images import load_digit_images, split_digits

images, labels = load_digit_images()
learn, test = split_digits()
images = (images - images[learn].mean()) / images[learn].std()
steps, seeds, count = 200, 5, len(images)

# %%
# ## Neighbors, once
#
# All digits have the same points: all of them, then every other row and column, then
# one place for all of these.

points, intensity = pixel_cloud(images)
points = points - 3.5
few = points.unflatten(1, (8, 8))[:, ::2, ::2].flatten(1, 2)
all_real = torch.ones(count, 64, dtype=torch.bool)
levels = [Level(points, all_real, neighborhood(points, points, 9))]
levels += [Level(few, all_real[:, :16], neighborhood(points, few, 9)), whole_cloud(few)]

# %%
# ## Three networks, five times
#
# The first two have 16, 32 and 64 channels, over nine neighbors, nine again, and 16;
# the third looks at each point alone and takes the largest values.

single = torch.cat([points / 3.5, intensity], -1).mT
inputs = {
    "PointConv": (intensity, levels),
    "Conv2d": (images,),
    "single points": (single,),
}
accuracy, sizes = torch.zeros(3, seeds), {}
for seed in range(seeds):
    widths = ((16,), (32,), (64,))
    options = {"coordinates": 2, "head": (), "dropout": 0.0}
    clouds = PointConvClassifier(10, widths, channels=1, **options)
    convolutions = (
        nn.Conv2d(1, 16, 3, 1, 1),
        nn.Conv2d(16, 32, 3, 2, 1),
        nn.Conv2d(32, 64, 4),
    )
    parts = [(c, nn.BatchNorm2d(c.out_channels), nn.ReLU()) for c in convolutions]
    plain = [part for layer in parts for part in layer]
    alone = [nn.Conv1d(3, 64, 1), nn.BatchNorm1d(64), nn.ReLU()]
    alone += [nn.Conv1d(64, 128, 1), nn.BatchNorm1d(128), nn.ReLU()]
    ends = [
        [pool, nn.Flatten(), nn.Linear(n, 10)]
        for pool, n in ((nn.Identity(), 64), (nn.AdaptiveMaxPool1d(1), 128))
    ]
    models = clouds, nn.Sequential(*plain, *ends[0]), nn.Sequential(*alone, *ends[1])
    for row, (model, given) in enumerate(zip(models, inputs.values(), strict=True)):
        rng = torch.Generator().manual_seed(seed)
        learn_classes(
            model, take_rows(given, learn), labels[learn], steps=steps, generator=rng
        )
        right = find_classes(model, take_rows(given, test), len(test)) == labels[test]
        accuracy[row, seed] = right.double().mean()

# %%
# ## Leads of PointConv, in the same seed

for row, (name, model) in enumerate(zip(inputs, models, strict=True)):
    words, found = name.lower().replace(" ", "-"), accuracy[row]
    weights = sum(p.numel() for p in model.parameters())
    record(f"pointconv/digits-parameters-{words}", weights, exact=True)
    record(f"pointconv/digits-{words}", found.mean(), error=found.std() / seeds**0.5)
    if row:
        lead = accuracy[0] - found
        error = lead.std() / seeds**0.5
        record(f"pointconv/digits-lead-over-{words}", lead.mean(), error=error)

# %%
# Each point is one network, lines are their means.

fig, ax = plt.subplots(figsize=(5.5, 2.6), layout="constrained")
for row, found in enumerate(accuracy):
    ax.plot(found, [row] * seeds, "C0o", alpha=0.6)
    ax.plot(found.mean(), row, "C3|", ms=18)
ax.set(xlabel="accuracy on digits of other writers", yticks=range(3), ylim=(2.5, -0.5))
ax.set_yticklabels(inputs)
fig.set_label("Accuracies of three kinds of networks, five of each.")
plt.show()
