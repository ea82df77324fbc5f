r"""
# The printed sign of the offset starts far too high

The sigmoid loss of random vectors, before any training, with both signs.

The loss is [Eq. (sigmoid-loss)](../../notes/flexible_vit.md).
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.flexible_vit.contrast import sigmoid_loss
from dlnotes.ledger import record

batches, draws = [4, 16, 64, 256, 1024], 10
rng = torch.Generator().manual_seed(0)

# %%
# ## Measure
#
# Vectors of length 1 with 128 entries. Nearly all pairs do not belong together, so an
# offset of -10 is a good guess and one of 10 a bad one.

losses = torch.zeros(2, len(batches), draws)
for column, batch in enumerate(batches):
    for draw in range(draws):
        pair = F.normalize(torch.randn(2, batch, 128, generator=rng), dim=-1)
        for row, offset in enumerate((-10.0, 10.0)):
            losses[row, column, draw] = sigmoid_loss(*pair, offset=offset)
for row, name in enumerate(("code", "printed")):
    values = losses[row, 3]
    record(f"flexible_vit/loss-{name}", values.mean(), error=values.std() / draws**0.5)

# %%
# The lower line stays: only the true pairs cost something. The upper one grows with the
# batch.

fig, ax = plt.subplots(figsize=(5.5, 3), layout="constrained")
ax.loglog(batches, losses[0].mean(1), "C0o-", label="as in the program")
ax.loglog(batches, losses[1].mean(1), "C3s--", label="as printed")
ax.set(xlabel="images in a batch", ylabel="loss at the start")
ax.legend()
level = losses[0].mean()
fig.set_label(
    f"Loss against batch: one level line near {level:.0f}, one that rises far above."
)
plt.show()
