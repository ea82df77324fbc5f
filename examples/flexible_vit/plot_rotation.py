r"""
# Rotated queries and keys see offsets

The score of one query with equal keys at all places, and what moving all changes.

The rotation is [Eq. (rotary)](../../notes/flexible_vit.md), the joining of tokens
[Eq. (unshuffle)](../../notes/flexible_vit.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.flexible_vit.connectors import unshuffle_tokens
from dlnotes.flexible_vit.rotary import rotate_places
from dlnotes.ledger import record

side, dim = 15, 64
line = torch.arange(side, dtype=torch.float64)
rows, columns = torch.cartesian_prod(line, line).T

# %%
# ## Move everything
#
# All places go five down and two to the left. The scores stay.

rng = torch.Generator().manual_seed(0)
query, key = torch.randn(2, side**2, dim, dtype=torch.float64, generator=rng)
scores = rotate_places(query, rows, columns) @ rotate_places(key, rows, columns).T
moved = [rotate_places(x, rows + 5, columns - 2) for x in (query, key)]
gap = (moved[0] @ moved[1].T - scores).abs().max()
record("flexible_vit/rotary-gap", gap, exact=True)

# %%
# ## Count the tokens that a language model gets
#
# An image of 448 pixels in patches of 14, joined in squares of 2 by 2.

joined = unshuffle_tokens(torch.zeros(1, 32 * 32, dim), (32, 32), 2)
record("flexible_vit/visual-tokens", joined.shape[1], exact=True)

# %%
# All keys are equal, yet the score is highest at the place of the query, in the middle.

same = rotate_places(torch.ones(side**2, dim, dtype=torch.float64), rows, columns)
middle = same @ same[side**2 // 2] / dim
fig, ax = plt.subplots(figsize=(4, 3.2), layout="constrained")
shown = ax.imshow(middle.view(side, side), extent=(-7.5, 7.5, 7.5, -7.5))
ax.set(xlabel="column, from the query (tokens)", ylabel="row, from the query (tokens)")
ax.grid(visible=False)
fig.colorbar(shown, label="score / score at the query")
fig.set_label("A map of scores with its brightest spot in the middle.")
plt.show()
