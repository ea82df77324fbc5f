r"""
# Four times the layers, half of the field in use

With random weights, what counts grows like the root of the depth, the field like depth.

By [Eq. (profile)](../../notes/receptive_field.md) the mean squared gradient of random
weights has the shape of a sum of uniform steps. Its variance,
[Eq. (variance)](../../notes/receptive_field.md), adds up over the layers.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

from dlnotes.ledger import record
from dlnotes.receptive_field.building import build, randomize
from dlnotes.receptive_field.effective import (
    effective_share,
    effective_variance,
    excess_kurtosis,
    profile,
)
from dlnotes.receptive_field.layers import Layer
from dlnotes.receptive_field.measured import gradient_energy, spread

generator = torch.Generator().manual_seed(0)
depths, seeds = [5, 10, 20, 40], 60
energies = {}
for n in depths:
    model = build([Layer(3)] * n, axes=1, channels=24, activation=nn.ReLU)
    for _ in range(seeds):
        randomize(model, generator=generator)
        noise = torch.randn(1, 24, 2 * n + 1, generator=generator)
        energy = gradient_energy(model, noise)
        energies.setdefault(n, []).append(energy / energy.sum())

# %%
# ## Compare the widths
#
# Rectified networks along one axis, kernel 3. The error is that of a jackknife, which
# leaves one draw of the weights out at a time.

results = {}
for n, draws in energies.items():
    total, stack = sum(draws), [Layer(3)] * n
    without = torch.stack([spread(total - draw)[0] for draw in draws])
    error = ((seeds - 1) * without.var(correction=0)).sqrt()
    results[n] = spread(total)[0], error
    print(f"share {effective_share(stack):.3f}, kurtosis {excess_kurtosis(stack):.4f}")
    width = effective_variance(stack) ** 0.5
    record(f"receptive_field/effective-{n}", results[n][0], error=error, unit="pixels")
    record(f"receptive_field/effective-{n}-formula", width, exact=True)

# %%
# ## See the bell and the root
#
# First: 20 layers, the dots on the line of the formula. Second: four standard
# deviations over the field, on the line of $1/\sqrt n$ that the formula approaches.

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
left.plot(sum(energies[20]) / seeds, "o", markersize=3, label="measured")
left.plot(profile([Layer(3)] * 20).values(), label="formula")
left.set(title="20 layers", xlabel="pixel", ylabel="share of the energy")
shares = [4 * results[n][0] / (2 * n + 1) for n in depths]
bars = [12 * results[n][1] / (2 * n + 1) for n in depths]
right.errorbar(depths, shares, bars, fmt="o", label="measured")
right.loglog(depths, [effective_share([Layer(3)] * n) for n in depths], label="formula")
right.set(title="Share of the field", xlabel="layers", ylabel="4 deviations / field")
right.set_xticks(depths, depths)
right.set_yticks([0.3, 0.4, 0.6], [0.3, 0.4, 0.6])
right.minorticks_off()
right.legend()
fig.set_label(
    f"First: a bell-shaped energy over {len(energies[20][0])} pixels, close to zero "
    "far from the middle. Second: the share of the field in use falls from "
    f"{shares[0]:.2f} to {shares[-1]:.2f}."
)
plt.show()
