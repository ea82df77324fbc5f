r"""
# Density matters when the sampling shifts

Trained on uniform points, tested on uniform and on biased ones; four uses of density.

Factors are those of [Eq. (relative-inverse)](../../notes/pointconv.md),
[Eq. (normalized-inverse)](../../notes/pointconv.md) and
[Eq. (density-network)](../../notes/pointconv.md).
"""

from functools import partial

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import find_classes, learn_classes
from dlnotes.ledger import record
from dlnotes.pointconv import density
from dlnotes.pointconv.layer import PointConv
from dlnotes.pointconv.model import PointConvClassifier
from dlnotes.pointconv.neighborhood import whole_cloud
from dlnotes.toy.distortions import fit_ball
from dlnotes.toy.shapes import KINDS, draw_objects

kinds = list(KINDS)[:8]
inverses = {"off": None, "raw": density.relative_inverse}
inverses |= {"normalized": density.normalized_inverse}
inverses["published"] = density.DensityNetwork(norm=None)
seeds, each, count = 8, 48, 128

# %%
# ## One layer over the whole cloud
#
# Clouds are centered by their boxes, since means move with the density. Biased clouds
# are 16 times denser on one side than on the other.

accuracy = torch.zeros(4, 2, seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    sets = []
    for ratio in (1, 1, 16):
        cloud, labels = draw_objects(kinds, each, count, ratio=ratio, generator=rng)
        points = fit_ball(cloud.points)
        level = whole_cloud(points, bandwidth=0.2)
        around = level.around._replace(offsets=points[:, None])
        sets.append((None, [level._replace(around=around)]))
    for row, inverse in enumerate(inverses.values()):
        layer = partial(PointConv, inverse=inverse, weight_widths=(32,))
        model = PointConvClassifier(8, [(32, 32, 128)], head=(), layer=layer)
        rng = torch.Generator().manual_seed(seed)
        options = {"steps": 200, "learning_rate": 3e-3, "generator": rng}
        learn_classes(model, sets[0], labels, **options)
        for column, given in enumerate(sets[1:]):
            found = find_classes(model, given, len(labels))
            accuracy[row, column, seed] = (found == labels).double().mean()

# %%
# ## Leads over ignoring the density, in the same seed

for column, test in enumerate(("uniform", "biased")):
    for row, name in enumerate(inverses):
        found = accuracy[row, column]
        values = found - accuracy[0, column] if row else found
        words = f"pointconv/{test}-{name}" + "-lead" * bool(row)
        record(words, values.mean(), error=values.std() / seeds**0.5)

# %%
# First: tested on points as in training. Second: tested on biased ones. Each point is
# a network, lines are means.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.7), layout="constrained", sharey=True)
for column, (ax, test) in enumerate(zip(axes, ("uniform", "biased"), strict=True)):
    found = accuracy[:, column]
    ax.plot(torch.arange(4).expand(seeds, 4), found.T, "C0o", alpha=0.6)
    ax.plot(range(4), found.mean(1), "C3_", ms=20)
    ax.set(title=f"tested on {test} points", xticks=range(4), xlabel="density")
    ax.set_xticklabels(inverses)
axes[0].set(ylabel="accuracy")
fig.set_label("Accuracies of four kinds of networks, close in the first panel.")
plt.show()
