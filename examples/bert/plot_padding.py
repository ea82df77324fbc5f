r"""
# Padding is paid for

Texts of mixed lengths cost less without the padding that makes them equally long.

The same encoder, with a mask and with the texts one behind the other.
"""

from time import process_time

import matplotlib.pyplot as plt
import torch

from dlnotes.bert.model import Bert, draw_weights
from dlnotes.ledger import record

# %%
# ## Time both
#
# Eight texts, filled up to 128 tokens, half of which are text; forward and backward, by
# turns, in seconds of the processor, which other work on a machine does not move much.

rng = torch.Generator().manual_seed(0)
model = Bert(2000, dim=256, depth=2, heads=4, positions=128)
draw_weights(model, generator=rng)
tokens = torch.randint(2000, (8, 128), generator=rng)
mixed = torch.arange(128) < torch.tensor([128, 112, 88, 64, 48, 32, 24, 16])[:, None]
masks = {"mixed": mixed, "short": mixed & (torch.arange(128) < 32)}
ways = (
    lambda mask: model(tokens, mask=mask),
    lambda m: model.without_padding(tokens, m),
)
rounds, times = 9, {}
for name, mask in masks.items():
    found = torch.zeros(rounds + 1, 2)
    for turn in range(rounds + 1):
        for column, way in enumerate(ways):
            start = process_time()
            way(mask)[mask].square().mean().backward()
            found[turn, column] = process_time() - start
    times[name] = found[1:]  # the first round warms up
    gains = times[name][:, 0] / times[name][:, 1]
    error = 1.25 * gains.std() / rounds**0.5  # of a median
    record(f"bert/unpadded-gain-{name}", gains.median(), error=error)
    share = 100 * mask.double().mean()
    record(f"bert/text-share-{name}", share, exact=True, unit="%")

# %%
# ## Compare the results
#
# At the text both give the same; the largest difference is of the size of rounding.

with torch.no_grad():
    pair = [way(mixed)[mixed] for way in ways]
gap = (pair[0] - pair[1]).abs().max()
print(f"largest difference {gap:.1e}, largest number {pair[0].abs().max():.1f}")

# %%
# Each pair of bars is one set of lengths: first with padding, then without.

fig, ax = plt.subplots(figsize=(5, 2.8), layout="constrained")
for column, label in enumerate(("with padding", "without")):
    seconds = [times[name][:, column].median() for name in masks]
    places = torch.arange(len(masks)) + 0.35 * column
    ax.bar(places, seconds, 0.3, color=f"C{column}", label=label)
ax.set_xticks(torch.arange(len(masks)) + 0.175, [f"{name} lengths" for name in masks])
highest = max(found.median(0).values.max() for found in times.values())
ax.set(
    xlabel="eight texts", ylabel="processor time of a step (s)", ylim=(0, 1.3 * highest)
)
ax.legend(loc="upper center", ncols=2)
fig.set_label("Two pairs of bars; the second of each is lower, most for short texts.")
plt.show()
