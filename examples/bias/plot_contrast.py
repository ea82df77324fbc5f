r"""
# A network without biases does not see contrast

Trained on digits at full contrast, it reads them at any other; with biases it fails.

With [Eq. (homogeneous)](../../notes/bias.md), scaling an image scales all outputs, and
the largest one stays the largest. The price is [a ray](plot_same_ray.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.bias.homogeneity import homogeneity_gap, strip_biases
from dlnotes.blocks.training import minibatches
from dlnotes.blocks.vae import mlp
from dlnotes.ledger import record
from dlnotes.toy.digits import load_digits

images, labels = load_digits()
order = torch.randperm(1797, generator=torch.Generator().manual_seed(0))
train, test = order[:1300], order[1300:]
contrasts = torch.logspace(-2, 1, 13)

# %%
# ## Train at full contrast
#
# Five runs each, with the same initial weights and the same batches.

curves, gaps = torch.zeros(2, 5, 13), torch.zeros(2, 5)
for k in range(2):
    for seed in range(5):
        rng = torch.Generator().manual_seed(seed)
        model = mlp(64, 64, 10, generator=rng)
        model = model if k == 0 else strip_biases(model)
        named = model.named_parameters()
        adam = torch.optim.Adam([p for n, p in named if k == 0 or "bias" not in n])
        for _ in range(10):
            for rows in minibatches(train, 50, generator=rng):
                adam.zero_grad()
                F.cross_entropy(model(images[rows]), labels[rows]).backward()
                adam.step()
        with torch.no_grad():
            for j, contrast in enumerate(contrasts):
                right = model(contrast * images[test]).argmax(1) == labels[test]
                curves[k, seed, j] = right.double().mean()
            scale = model(images[test]).abs().max()
            gaps[k, seed] = homogeneity_gap(model, images[test], scale=1 / 128) / scale

# %%
# ## Turn the contrast down and up
#
# Look at the left end. The flat line is flat by a theorem, not by training: by a power
# of two, its outputs scale without any rounding. Bands span five runs.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
fig.set_label(
    "Accuracy on held-out digits against their contrast, as bands over five runs. "
    "Without biases the line is flat. With biases accuracy falls towards chance as the "
    "contrast falls below the one of training."
)
for k, name in enumerate(("with biases", "without biases")):
    mean, error = curves[k].mean(0), curves[k].std(0) / 5**0.5
    ax.semilogx(contrasts, mean, f"C{k}", label=name)
    ax.fill_between(contrasts, *curves[k].aminmax(dim=0), color=f"C{k}", alpha=0.3)
    key = name.replace(" ", "-")
    for j, place in ((0, "low"), (8, "full")):
        record(f"bias/contrast-{place}-{key}", mean[j], error=error[j])
ax.axvline(1, color="0.5", linestyle="--", label="contrast of training")
ax.set(xlabel="contrast (times the original)", ylabel="accuracy")
ax.legend(loc=(0.25, 0.05))
plt.show()

record("bias/contrast-gap-with-biases", gaps[0].mean(), error=gaps[0].std() / 5**0.5)
record("bias/contrast-gap-without-biases", gaps[1].max(), exact=True)
