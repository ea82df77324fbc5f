r"""
# Which choices of pre-training a probe feels

Six ways to pre-train on digits; what frozen features give, and what a step takes.

Targets are those of [Eq. (target)](../../notes/mae.md); errors are over three seeds.
"""

from functools import partial
from time import process_time

import matplotlib.pyplot as plt
import torch
from sklearn.linear_model import LogisticRegression

from dlnotes.ledger import record
from dlnotes.mae.model import MaskedAutoencoder
from dlnotes.mae.pretraining import pretrain
from dlnotes.toy.images import load_digit_images, split_digits
from dlnotes.vit.model import initialize

images, labels = load_digit_images()
learn, test = split_digits()
images = (images - images[learn].mean()) / images[learn].std()
steps, seeds, tries = 500, 3, 4
sizes = {"dim": 48, "depth": 2, "heads": 4, "channels": 1, "normalized": False}
sizes |= {"decoder_dim": 48, "decoder_depth": 1, "decoder_heads": 4}
changes = {
    "half hidden": {},
    "three quarters": {},
    "normalized target": {"normalized": True},
    "mask tokens encoded": {"encodes_hidden": True},
    "deeper decoder": {"decoder_depth": 2},
    "narrower decoder": {"decoder_dim": 16},
}

# %%
# 500 steps of 24 digits. The probe has 100 labels, drawn four times for each network.

accuracy, seconds = torch.zeros(2, len(changes), seeds)
for seed in range(seeds):
    for row, (name, change) in enumerate(changes.items()):
        rng = torch.Generator().manual_seed(seed)
        initialize(model := MaskedAutoencoder(8, 2, **sizes | change), generator=rng)
        rows = learn[torch.randint(len(learn), (steps, 24), generator=rng)]
        ratio = 0.75 if name == "three quarters" else 0.5
        draw, start = partial(next, iter(images[rows])), process_time()
        pretrain(model, draw, ratio, steps=steps, generator=rng)
        seconds[row, seed] = process_time() - start
        x = model.features(images).detach()
        x = (x - x[learn].mean(0)) / x[learn].std(0)
        rng = torch.Generator().manual_seed(seed)  # the same labels for each change
        for _ in range(tries):
            few = learn[torch.randperm(len(learn), generator=rng)[:100]]
            fit = LogisticRegression(max_iter=5000).fit(x[few], labels[few])
            accuracy[row, seed] += fit.score(x[test], labels[test]) / tries

# %%
# Leads are over "half hidden" in the same seed.

for row, name in enumerate(changes):
    words, values = name.replace(" ", "-"), accuracy[row]
    record(f"mae/choice-{words}", values.mean(), error=values.std() / seeds**0.5)
    if row:
        lead = values - accuracy[0]
        record(f"mae/lead-{words}", lead.mean(), error=lead.std() / seeds**0.5)
slower = seconds[3] / seconds[0]
record("mae/time-mask-tokens", slower.mean(), error=slower.std() / seeds**0.5)

# %%
# Each point is one network.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for row, values in enumerate(accuracy):
    ax.plot(values, [row] * seeds, "C0o", alpha=0.6)
    ax.plot(values.mean(), row, "C3|", ms=18)
ax.set(xlabel="accuracy of the probe", yticks=range(6), yticklabels=changes)
ax.invert_yaxis()
fig.set_label("Accuracies of six kinds of pre-training, three networks each.")
plt.show()
