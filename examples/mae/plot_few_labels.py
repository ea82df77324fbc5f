r"""
# With few labels, filling in is a start

Digits of other writers, five seeds; rates of [Eq. (layer-decay)](../../notes/mae.md).
"""

import matplotlib.pyplot as plt
import torch
from sklearn.linear_model import LogisticRegression

from dlnotes.ledger import record
from dlnotes.mae.finetuning import as_classifier, fine_tune, freeze
from dlnotes.mae.masking import draw_noise, shuffle
from dlnotes.mae.model import MaskedAutoencoder
from dlnotes.mae.pretraining import pretrain
from dlnotes.toy.images import load_digit_images, split_digits
from dlnotes.vit.model import initialize

(images, labels), (learn, test) = load_digit_images(), split_digits()
images = (images - images[learn].mean()) / images[learn].std()
counts, seeds = [10, 50, 100], 5
names = "fine-tuned", "probe", "scratch", "frozen at random", "pixels", "last layer"
sizes = {"dim": 48, "depth": 2, "heads": 4, "channels": 1, "normalized": False}
sizes |= {"decoder_dim": 48, "decoder_depth": 1, "decoder_heads": 4}
accuracy, errors = torch.zeros(6, len(counts), seeds), torch.zeros(seeds)

# %%
# 800 steps with half of 16 patches hidden, then a few labels.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    fresh, model = MaskedAutoencoder(8, 2, **sizes), MaskedAutoencoder(8, 2, **sizes)
    initialize(torch.nn.ModuleList([fresh, model]), generator=rng)
    draws = iter(images[learn[torch.randint(len(learn), (800, 32), generator=rng)]])
    pretrain(model, lambda d=draws: next(d), 0.5, steps=800, generator=rng)
    order = shuffle(draw_noise(500, 16, generator=rng))
    with torch.no_grad():
        errors[seed] = torch.div(*model.loss(images[test], order, 8))
        pair = torch.stack([model.features(images), fresh.features(images)], dim=1)
    pair = (pair - pair[learn].mean(0)) / pair[learn].std(0)
    inputs = {1: pair[:, 0], 3: pair[:, 1], 4: images.flatten(1)}
    order = learn[torch.randperm(len(learn), generator=rng)]
    for k, chosen in enumerate(order[:count] for count in counts):
        kinds = (0, model, 2, 0.75), (2, fresh, 2, 1.0), (5, model, 1, 0.75)
        for row, start, layers, decay in kinds:
            given = images[chosen], labels[chosen]
            freeze(classifier := as_classifier(start, 10), layers)
            fine_tune(classifier, *given, steps=100, decay=decay, generator=rng)
            with torch.no_grad():
                hit = classifier(images[test]).argmax(-1) == labels[test]
            accuracy[row, k, seed] = hit.float().mean()
        for row, x in inputs.items():
            fit = LogisticRegression(max_iter=5000).fit(x[chosen], labels[chosen])
            accuracy[row, k, seed] = fit.score(x[test], labels[test])

# %%
# Compare seed by seed.

plain = (images[test] - images[learn].mean(0)).square()
record("mae/digits-error-of-mean-image", plain.mean(), exact=True)
found = {"digits-error": errors}
for row, name in enumerate(names):
    for count, values in zip(counts, accuracy[row], strict=True):
        found[f"{name.replace(' ', '-')}-{count}"] = values
for used, other in ((0, 2), (1, 4), (1, 3), (0, 5)):
    lead = accuracy[used, -1] - accuracy[other, -1]
    found[f"{names[used]}-lead-over-{names[other].split()[0]}"] = lead
for name, values in found.items():
    record(f"mae/{name}", values.mean(), error=values.std() / seeds**0.5)

# %%
# Bars are standard errors over seeds. Pixels alone are a strong start on digits.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for name, values in zip(names, accuracy, strict=True):
    ax.errorbar(counts, values.mean(1), values.std(1) / 5**0.5, label=name, capsize=3)
ax.set(xlabel="labels", ylabel="accuracy on other writers", xticks=counts)
ax.legend(loc="lower right", ncols=2, fontsize="small")
fig.set_label("Six rising curves; training from scratch is lowest at the end.")
plt.show()
