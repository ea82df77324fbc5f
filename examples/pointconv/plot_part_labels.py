r"""
# What a convolution on the way back is worth for parts

Parts of solids, told apart with and without convolution on the way back.

Both interpolate by [Eq. (interpolation)](../../notes/pointconv.md); one convolves
afterwards, [Eq. (point-deconv)](../../notes/pointconv.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.blocks.supervised import find_classes, learn_classes
from dlnotes.ledger import record
from dlnotes.pointconv.deconvolution import InterpolationOnly, PointDeconv
from dlnotes.pointconv.model import PointConvSegmenter
from dlnotes.pointconv.neighborhood import pyramid, steps_back
from dlnotes.toy.distortions import draw_rotations, turn_clouds
from dlnotes.toy.shapes import draw_objects
from dlnotes.toy.solids import KINDS

kinds = ["bracket", "tube", "arrow", "mushroom", "lamp"]
starts = torch.tensor([len(KINDS[kind].parts) for kind in kinds]).cumsum(0)
total, starts = int(starts[-1]), F.pad(starts[:-1], (1, 0))
decoders = {"deconv": PointDeconv, "interpolation": InterpolationOnly}
seeds, each, widths = 5, 32, ([(16, 32), (32, 64)], [(32, 32), (32, 32)])

# %%
# ## Solids, turned around the z axis
#
# Each part of each kind is a class. There are levels of 128, 32 and 8 points.

(overlap, accuracy), shown, weights = torch.zeros(2, 2, seeds), {}, {}
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    sets = []
    for _ in range(2):
        cloud, labels = draw_objects(kinds, each, 128, generator=rng)
        turns = draw_rotations("z", len(labels), generator=rng)
        points = turn_clouds(cloud.points, turns)
        levels = pyramid(points, (32, 8), (16, 8), generator=rng)
        given = None, levels, steps_back(points, levels, 8)
        sets.append((given, cloud.parts + starts[labels, None]))
    given, wanted = sets[1]
    for row, (name, decoder) in enumerate(decoders.items()):
        rng = torch.Generator().manual_seed(seed)
        model = PointConvSegmenter(total, *widths, decoder=decoder)
        options = {"steps": 200, "batch": 16, "learning_rate": 5e-3}
        learn_classes(model, *sets[0], **options, generator=rng)
        found = find_classes(model, given, len(wanted))
        accuracy[row, seed] = (found == wanted).double().mean()
        one, other = (F.one_hot(x, total).flatten(0, 1) for x in (found, wanted))
        overlap[row, seed] = ((one & other).sum(0) / (one | other).sum(0)).mean()
        shown[name] = found[-1] == wanted[-1]
        weights[name] = sum(p.numel() for p in model.parameters())
for name, count in weights.items():
    record(f"pointconv/parts-weights-{name}", count, exact=True)
for word, values in (("accuracy", accuracy), ("overlap", overlap)):
    rows = dict(zip(decoders, values, strict=True)) | {"lead": values[0] - values[1]}
    for name, found in rows.items():
        error = found.std() / seeds**0.5
        record(f"pointconv/parts-{word}-{name}", found.mean(), error=error)

# %%
# First: share of points whose part is right; a line is a seed. Second and third: the
# last solid from the side, points with a wrong part as crosses.

fig, axes = plt.subplots(1, 3, figsize=(7, 2.7), layout="constrained")
axes[0].plot(range(2), accuracy, "C0o-", alpha=0.6)
axes[0].set(ylabel="accuracy", xticks=range(2), xticklabels=decoders, xlim=(-0.4, 1.4))
side = points[-1, :, 0], points[-1, :, 2]
for ax, (name, right) in zip(axes[1:], shown.items(), strict=True):
    ax.plot(*(x[right] for x in side), "C0.")
    ax.plot(*(x[~right] for x in side), "C3x")
    ax.set(title=name, xlabel="x", aspect="equal")
axes[1].set(ylabel="z")
fig.set_label("Lines that fall to the right; a lamp from the side, with crosses.")
plt.show()
