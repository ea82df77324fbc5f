r"""
# Twelve views tell solids apart better than one, in whatever order

Networks of images see solids from one place, from two, and from more around them.

Views meet by [Eq. (view-pooling)](../../notes/representations_3d.md).
"""

import matplotlib.pyplot as plt
import torch
from einops import rearrange

from dlnotes.blocks.supervised import find_classes, learn_classes
from dlnotes.ledger import record
from dlnotes.representations_3d.mvcnn import MVCNN
from dlnotes.representations_3d.objects import draw_upright
from dlnotes.toy.rendering import camera_views, render_depth

counts, seeds, resolution = [1, 2, 6, 12], 3, 16
accuracy, changed = torch.zeros(len(counts), seeds), 0
sizes = {"resolution": resolution, "widths": (8, 16, 32), "head": (64,), "dropout": 0.0}

# %%
# ## More cameras in the circle
#
# Each network sees 300 times 32 of 1,200 solids of 1,024 points as depth images of 16
# by 16 pixels, and is asked about 400 others.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    learn, test = (draw_upright(each, 1024, generator=rng) for each in (150, 50))
    for row, count in enumerate(counts):
        views = camera_views(count)
        seen, asked = (render_depth(x.points, views, resolution) for x in (learn, test))
        network = MVCNN(8, **sizes)
        learn_classes(network, (seen,), learn.labels, steps=300, generator=rng)
        found = find_classes(network, (asked,), len(asked))
        accuracy[row, seed] = (found == test.labels).float().mean()
        other = asked[:, torch.randperm(count, generator=rng)]
        changed += int((find_classes(network, (other,), len(other)) != found).sum())
for count, found in zip(counts, accuracy, strict=True):
    words = f"representations_3d/views-{count}"
    record(words, found.mean(), error=found.std() / seeds**0.5)
record("representations_3d/views-changed-by-order", changed, exact=True)
lead = accuracy[-1] - accuracy[0]
words = "representations_3d/views-lead-of-twelve"
record(words, lead.mean(), error=lead.std() / seeds**0.5)

# %%
# First: depth images of three solids from two places, near parts are bright. Second:
# accuracies of three networks each.

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
images = render_depth(learn.points[[0, 600, 1050]], camera_views(2), 24)
left.imshow(rearrange(images, "solid view y x -> (view y) (solid x)"), cmap="gray")
left.axis("off")
right.plot(counts, accuracy, "C0o", alpha=0.6)
right.plot(counts, accuracy.mean(1), "C3")
right.set(xlabel="views", ylabel="accuracy", xticks=counts)
fig.set_label("Depth images of three solids, and accuracies over the number of views.")
plt.show()
