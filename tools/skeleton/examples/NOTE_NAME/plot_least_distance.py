r"""
# No place is nearer than the mean

Squared distances from five points, added up at every place on a line.

The mean is the place with the least sum, [Eq. (mean)](../../notes/NOTE_NAME.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.NOTE_NAME import NOTE_NAME_mean

points = torch.tensor([0.5, 1.0, 1.5, 4.0, 6.0], dtype=torch.float64)
mean = NOTE_NAME_mean(points)

# %%
# ## Add up the squared distances
#
# At 400 places, and at the mean. No sum should be smaller than that at the mean, so the
# least difference is not negative.

places = torch.linspace(0, 6, 400, dtype=torch.float64)
sums = (points - places[:, None]).square().sum(-1)
at_mean = (points - mean).square().sum()
record("NOTE_NAME/least-excess", (sums - at_mean).min(), exact=True)

# %%
# Look for the lowest point of the curve: it is above the mean.

fig, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
fig.set_label(
    "Sum of squared distances from five points against the place, a parabola whose "
    "lowest point is at the mean of the five."
)
ax.plot(places, sums, label="sum")
ax.plot(mean, at_mean, "o", label="mean")
ax.plot(points, torch.zeros(5), "k|", label="points")
ax.set(title="The mean is nearest", xlabel="place", ylabel="sum of squared distances")
ax.legend()
plt.show()
