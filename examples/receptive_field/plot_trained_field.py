r"""
# Training on digits hardly changes the effective field

Networks that read a whole digit at one unit, before and after training.

Digits are scaled to the field, and no layer is padded: one unit is left at the top. Its
width is the [spread](../../notes/receptive_field.md) of its gradient energy.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.blocks.training import minibatches
from dlnotes.ledger import record
from dlnotes.receptive_field.building import build, randomize
from dlnotes.receptive_field.layers import Layer
from dlnotes.receptive_field.measured import gradient_energy, spread
from dlnotes.toy.digits import load_digits

images, labels = load_digits()
order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
train, held_out, seeds, depths = order[:1500], order[1500:], 5, [4, 8]

# %%
# ## Train
#
# Layers of 3 x 3 with 8 channels and ReLU, then 1 x 1 to ten classes; 30 epochs.

widths, maps, correct = torch.zeros(2, 2, seeds), {}, []
for row, depth in enumerate(depths):
    pixels = F.interpolate(images.view(-1, 1, 8, 8), 2 * depth + 1, mode="bilinear")
    pixels = pixels.expand(-1, 8, -1, -1)
    for seed in range(seeds):
        rng = torch.Generator().manual_seed(seed)
        body = build([Layer(3)] * depth, channels=8, activation=nn.ReLU)
        model = nn.Sequential(body, nn.Conv2d(8, 10, 1))
        randomize(model, generator=rng)
        adam = torch.optim.Adam(model.parameters(), lr=3e-3)
        for when, epochs in enumerate([0, 30]):
            for _ in range(epochs):
                for batch in minibatches(train, 100, generator=rng):
                    adam.zero_grad()
                    scores = model(pixels[batch]).flatten(1)
                    F.cross_entropy(scores, labels[batch]).backward()
                    adam.step()
            energy = gradient_energy(model, pixels[held_out])
            widths[row, when, seed] = spread(energy).mean()
            maps[depth, when] = maps.get((depth, when), 0) + energy / energy.sum()
        hit = model(pixels[held_out]).flatten(1).argmax(-1) == labels[held_out]
        correct.append(hit.float().mean())
hits = torch.stack(correct)
record("receptive_field/trained-accuracy", hits.mean(), error=hits.std() / 10**0.5)

# %%
# ## Compare before and after
#
# Five seeds; the errors are standard errors. The gain is paired, seed by seed.

for row, depth in enumerate(depths):
    gains = widths[row, 1] - widths[row, 0]
    for name, values in (("before", widths[row, 0]), ("gain", gains)):
        error = values.std() / seeds**0.5
        record(f"receptive_field/{name}-{depth}", values.mean(), error=error)

# %%
# ## See where the network looks
#
# Eight layers, 17 by 17 pixels: the light spot keeps its width.

fig, axes = plt.subplots(1, 2, figsize=(6, 3.2), layout="constrained")
for ax, when, title in zip(axes, (0, 1), ("random weights", "trained"), strict=True):
    ax.imshow(maps[8, when].sqrt(), extent=(0, 17, 17, 0))
    ax.set(title=title, xlabel="column (pixels)", ylabel="row (pixels)")
    ax.grid(visible=False)
fig.set_label(
    "Roots of gradient energies: a bright spot before training and one after, as wide."
)
plt.show()
