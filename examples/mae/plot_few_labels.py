r"""
# With few labels, filling in is a start

Digits of other writers: fine-tuned, probed, from scratch, and pixels as they are.

Five seeds; rates are those of [Eq. (layer-decay)](../../notes/mae.md).
"""

import matplotlib.pyplot as plt
import torch
from sklearn.linear_model import LogisticRegression

from dlnotes.ledger import record
from dlnotes.mae.finetuning import as_classifier, fine_tune
from dlnotes.mae.masking import draw_noise, shuffle
from dlnotes.mae.model import MaskedAutoencoder
from dlnotes.mae.pretraining import pretrain
from dlnotes.toy.images import load_digit_images, split_digits
from dlnotes.vit.model import initialize

images, labels = load_digit_images()
learn, test = split_digits()
images = (images - images[learn].mean()) / images[learn].std()
counts, seeds = [10, 50, 100], 5
rows = ("fine-tuned", "probe", "scratch", "frozen at random", "pixels")
sizes = {"dim": 48, "depth": 2, "heads": 4, "channels": 1, "normalized": False}
sizes |= {"decoder_dim": 48, "decoder_depth": 1, "decoder_heads": 4}
accuracy, errors = torch.zeros(len(rows), len(counts), seeds), torch.zeros(seeds)

# %%
# Pre-train for 2000 steps with half of 16 patches hidden; then learn from a few labels.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    fresh, model = MaskedAutoencoder(8, 2, **sizes), MaskedAutoencoder(8, 2, **sizes)
    initialize(torch.nn.ModuleList([fresh, model]), generator=rng)
    draws = iter(learn[torch.randint(len(learn), (2000, 32), generator=rng)])
    pretrain(model, lambda d=draws: images[next(d)], 0.5, steps=2000, generator=rng)
    order = shuffle(draw_noise(len(test), 16, generator=rng))
    with torch.no_grad():
        errors[seed] = torch.div(*model.loss(images[test], order, 8))
        inputs = {1: model.features(images), 3: fresh.features(images)}
    inputs = {k: (x - x[learn].mean(0)) / x[learn].std(0) for k, x in inputs.items()}
    order = learn[torch.randperm(len(learn), generator=rng)]
    for k, chosen in enumerate(order[:count] for count in counts):
        for row, start, decay in ((0, model, 0.75), (2, fresh, 1.0)):
            few, classifier = (images[chosen], labels[chosen]), as_classifier(start, 10)
            fine_tune(classifier, *few, steps=150, decay=decay, generator=rng)
            with torch.no_grad():
                hit = classifier(images[test]).argmax(-1) == labels[test]
            accuracy[row, k, seed] = hit.float().mean()
        for row, x in {**inputs, 4: images.flatten(1)}.items():
            fit = LogisticRegression(max_iter=5000).fit(x[chosen], labels[chosen])
            accuracy[row, k, seed] = fit.score(x[test], labels[test])

# %%
# Compare seed by seed.

plain = (images[test] - images[learn].mean(0)).square().mean()
record("mae/digits-error-of-mean-image", plain, exact=True)
found = {"digits-error": errors}
for row, name in enumerate(rows):
    for count, values in zip(counts, accuracy[row], strict=True):
        found[f"{name.replace(' ', '-')}-{count}"] = values
for used, other in ((0, 2), (1, 4), (1, 3)):
    lead = accuracy[used, -1] - accuracy[other, -1]
    found[f"{rows[used]}-lead-over-{rows[other].split()[0]}"] = lead
for name, values in found.items():
    record(f"mae/{name}", values.mean(), error=values.std() / seeds**0.5)

# %%
# Bars are standard errors over seeds. Pixels alone are a strong start on digits.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for name, values in zip(rows, accuracy, strict=True):
    ax.errorbar(counts, values.mean(1), values.std(1) / 5**0.5, label=name, capsize=3)
ax.set(xlabel="labels", ylabel="accuracy on other writers", xticks=counts)
ax.legend()
fig.set_label("Five rising curves; a frozen random encoder is lowest at the end.")
plt.show()
