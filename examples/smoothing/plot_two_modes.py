r"""
# Between two peaks a soft argmax finds neither

The mean index of two equal peaks lies in the valley, however sharp the softmax.

[Eq. (soft-argmax)](../../notes/smoothing.md) averages indices. An average is an index
only if the weight lies in one place.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.smoothing.argmax import index_deviation, soft_argmax, soft_onehot

place = torch.arange(9)
one = -0.5 * (place - 3.0).double() ** 2
two = torch.tensor([0, 5, 0, 0, 0, 0, 0, 5, 0], dtype=torch.float64)

# %%
# ## One peak and two
#
# Bars are the softmax of [Eq. (soft-onehot)](../../notes/smoothing.md), the line is the
# mean index. Look where it meets a bar.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.6), sharey=True, layout="constrained")
for ax, values, title in zip(axes, (one, two), ("One peak", "Two peaks"), strict=True):
    ax.bar(place, soft_onehot(values, 1.0), color="C0")
    ax.axvline(soft_argmax(values, 1.0).item(), color="C1", label="soft argmax")
    ax.set(title=title, xlabel="index")
axes[0].set_ylabel("weight")
axes[0].legend()
fig.set_label(
    "First: one peak at index 3 with the soft argmax on it. Second: peaks at 1 and 7, "
    f"and the soft argmax at {soft_argmax(two, 1.0):.0f}, where there is no weight."
)
plt.show()

# %%
# ## Neither sharpness nor the gradient helps
#
# With equal peaks at 1 and 7 the result should be 4 at every sharpness, and the
# deviation of [Eq. (index-deviation)](../../notes/smoothing.md) should tend to half the
# distance, 3. It warns; the number itself does not.

for sharpness in (1.0, 10.0, 100.0):
    mean, spread = soft_argmax(two, sharpness), index_deviation(two, sharpness)
    print(f"sharpness {sharpness:5}: index {mean:.6f}, deviation {spread:.6f}")
record("smoothing/two-modes-index", mean, exact=True)
record("smoothing/two-modes-deviation", spread.float(), exact=True)
record("smoothing/one-mode-index", soft_argmax(one, 1.0), exact=True)
record("smoothing/one-mode-deviation", index_deviation(one, 1.0), exact=True)
tilted = two.clone()
tilted[1] += 0.1
record("smoothing/tilted-index", soft_argmax(tilted, 1.0), exact=True)
record("smoothing/tilted-index-sharp", soft_argmax(tilted, 100.0), exact=True)
