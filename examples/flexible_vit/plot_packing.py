r"""
# Packing saves the padding

Images of many sizes in one batch: padded to the longest, or several in a row.

Rows are filled by [Eq. (first-fit)](../../notes/flexible_vit.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.flexible_vit.packing import (
    attention_share,
    first_fit,
    padding_share,
)
from dlnotes.ledger import record

rng = torch.Generator().manual_seed(0)
capacity, draws = 256, 20

# %%
# ## Count the padding
#
# Batches of 32 images of 20 to 256 tokens; then 512 images in rows four times as long.

shares = torch.zeros(3, draws)
for draw in range(draws):
    lengths = torch.randint(20, 257, (32,), generator=rng).tolist()
    rows = first_fit(lengths, capacity)
    shares[0, draw] = padding_share(lengths, 32, max(lengths))
    shares[1, draw] = padding_share(lengths, len(rows), capacity)
    many = torch.randint(20, 257, (512,), generator=rng).tolist()
    filled = len(first_fit(many, 4 * capacity))
    shares[2, draw] = padding_share(many, filled, 4 * capacity)
for name, values in zip(("padded", "packed", "long"), 100 * shares, strict=True):
    error = values.std() / draws**0.5
    record(f"flexible_vit/share-{name}", values.mean(), error=error, unit="%")
for tokens in (196, 4096):
    share = 100 * attention_share(tokens, 768)
    record(f"flexible_vit/quadratic-{tokens}", share, exact=True, unit="%")

# %%
# Each line is a row of the packed batch, each color an image of it. Gray is padding.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for number, row in enumerate(rows):
    start = 0
    for place, image in enumerate(row):
        ax.barh(
            number, lengths[image], left=start, color=f"C{place}", edgecolor="white"
        )
        start += lengths[image]
    ax.barh(number, capacity - start, left=start, color="0.7")
ax.set(xlabel="token", ylabel="row of the batch", xlim=(0, capacity))
ax.set_yticks(range(0, len(rows), 4))
fig.set_label("Bars of several colors beside each other that nearly fill each row.")
plt.show()
