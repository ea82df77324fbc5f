r"""
# The more is hidden, the less neighbors help

A trained autoencoder against linear interpolation, on photographs that it never saw.

Errors are those of [Eq. (loss)](../../notes/mae.md), in variances of a photograph.
"""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.interpolate import griddata

from dlnotes.blocks.patches import patchify, unpatchify
from dlnotes.ledger import record
from dlnotes.mae.baselines import fill_mean, fill_nearest
from dlnotes.mae.masking import draw_noise, hidden, kept_count, shuffle
from dlnotes.mae.model import MaskedAutoencoder
from dlnotes.mae.pretraining import pretrain
from dlnotes.toy.images import draw_crops, load_photograph, standardize_gray
from dlnotes.vit.model import initialize
from dlnotes.vit.positions import places

names = "astronaut camera coffee rocket brick grass gravel hubble_deep_field"
seen = [standardize_gray(load_photograph(name)) for name in names.split()]
unseen = [standardize_gray(load_photograph(name)) for name in ("chelsea", "coins")]
crops = draw_crops(unseen, 300, 24, generator=torch.Generator().manual_seed(5))
patches, at = patchify(crops, 4), places((6, 6), like=crops)
pixels = np.indices((24, 24)).reshape(2, -1).T
sizes = {"dim": 48, "depth": 2, "heads": 4, "channels": 1, "normalized": False}
sizes |= {"decoder_dim": 48, "decoder_depth": 1, "decoder_heads": 4}
ratios, errors = [0.5, 0.75, 0.9], {}

# %%
# Train one autoencoder for each share, for 800 steps. All fillings get the same masks.

for ratio in ratios:
    rng, kept = torch.Generator().manual_seed(0), kept_count(36, ratio)
    model = MaskedAutoencoder(24, 4, **sizes)
    initialize(model, generator=rng)
    draw = partial(draw_crops, seen, 32, 24, generator=rng)
    pretrain(model, draw, ratio, steps=800, generator=rng)
    order = shuffle(draw_noise(300, 36, generator=rng))
    mask = hidden(order, kept)
    known = unpatchify((~mask[:, :, None]).float().expand(-1, -1, 16), 4, (6, 6)) > 0
    lines = torch.zeros_like(crops)
    for image, where, filled in zip(crops[:, 0], known[:, 0], lines[:, 0], strict=True):
        given = pixels[where.flatten()], image[where].numpy()
        inside, near = (
            griddata(*given, pixels, kind) for kind in ("linear", "nearest")
        )
        filled[:] = torch.tensor(np.where(np.isnan(inside), near, inside)).view(24, 24)
    with torch.no_grad():
        fillings = {"autoencoder": model(crops, order, kept)}
    fillings["linear"] = patchify(lines, 4)
    fillings["nearest-patch"] = fill_nearest(patches, order, kept, at)
    fillings["visible-mean"] = fill_mean(patches, order, kept)
    for name, filling in fillings.items():
        each = ((filling - patches).square().mean(-1) * mask).sum(1) / mask.sum(1)
        errors[name, ratio], label = each, f"mae/{name}-{100 * ratio:.0f}"
        record(label, each.mean(), error=each.std() / 300**0.5)
    linear = errors["linear", ratio]
    lead = 100 * (errors["autoencoder", ratio] - linear) / linear.mean()
    label = f"mae/interpolation-lead-{100 * ratio:.0f}"
    record(label, lead.mean(), error=lead.std() / 300**0.5, unit="%")

# %%
# Interpolation leads while hidden patches have visible neighbors.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for name in fillings:
    means = [errors[name, ratio].mean() for ratio in ratios]
    bars = [errors[name, ratio].std() / 300**0.5 for ratio in ratios]
    ax.errorbar(ratios, means, bars, fmt="o-", label=name, capsize=3)
ax.set(xlabel="share hidden", ylabel="squared error", xticks=ratios)
ax.legend(loc="upper left", ncols=2)
fig.set_label("Four rising curves; linear interpolation and autoencoder are lowest.")
plt.show()
