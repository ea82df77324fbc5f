r"""
# Bounds along the axes overlap where turned boxes do not

Intersection over union of two boxes, exactly, by random points, and of their bounds.

[Eq. (clipping)](../../notes/votenet.md) is the area that two turned rectangles share.
The published suppression compares the bounds of boxes along the axes instead.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.votenet.boxes import points_in_boxes
from dlnotes.votenet.clipping import bounds_iou, box_iou
from dlnotes.votenet.suppression import suppress

degrees = torch.arange(181, dtype=torch.float64)
still = torch.tensor([[0, 0, 0, 2, 0.8, 1, 0]], dtype=torch.float64)

# %%
# ## One box turns on another
#
# The other one lies a little aside. A share of random points says what the exact number
# should be.

turning = still.repeat(181, 1)
turning[:, :2] = torch.tensor([0.3, 0.2])
turning[:, 6] = degrees.deg2rad()
exact, bounds = box_iou(turning, still)[:, 0], bounds_iou(turning, still)[:, 0]

some = torch.arange(0, 181, 15)
rng = torch.Generator().manual_seed(0)
points = torch.rand(1, 300_000, 3, dtype=torch.float64, generator=rng) - 0.5
points[..., :2] *= 2.8
inside = points_in_boxes(points, torch.cat([still, turning[some]])[None])[0]
both, either = (inside[:1] & inside[1:]).sum(1), (inside[:1] | inside[1:]).sum(1)
share = both / either
errors = (share * (1 - share) / either).sqrt()
record("votenet/iou-exact-eighth", float(exact[45]), exact=True)
record("votenet/iou-bounds-eighth", float(bounds[45]), exact=True)
record("votenet/iou-gap-eighth", float(exact[45] - share[3]), error=float(errors[3]))

# %%
# ## Two beams side by side turn together
#
# They are 2 m by 0.4 m, and 0.1 m apart at each heading. Which of both does the
# suppression keep, with the published threshold of 0.25?

beams = torch.tensor([[0, 0, 0, 2, 0.4, 1, 0]], dtype=torch.float64).repeat(181, 2, 1)
beams[..., 6] = degrees.deg2rad()[:, None]
beams[:, 1, 0] = -0.5 * degrees.deg2rad().sin()
beams[:, 1, 1] = 0.5 * degrees.deg2rad().cos()
apart, near = box_iou(beams, beams), bounds_iou(beams, beams, flat=True)
scores = torch.tensor([[0.9, 0.8]]).expand(181, 2)
lost = (~suppress(scores, near)).sum(), (~suppress(scores, apart)).sum()

record("votenet/beams-iou-bounds", float(near[45, 0, 1]), exact=True)
record("votenet/beams-iou-turned", round(float(apart[:, 0, 1].max()), 9), exact=True)
record("votenet/beams-lost-bounds", int(lost[0]), exact=True, unit="of 181 headings")
record("votenet/beams-kept-turned", 181 - int(lost[1]), exact=True, unit="of 181")

# %%
# First: one box turns; dots are shares of random points. Second: two beams that do not
# touch turn together; above the dotted line the published suppression drops one.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.9), layout="constrained", sharey=True)
pairs = (bounds, exact), (near[:, 0, 1], apart[:, 0, 1])
for ax, (upright, turned) in zip(axes, pairs, strict=True):
    ax.plot(degrees, upright, "C1--", label="of bounds")
    ax.plot(degrees, turned, "C0", label="exact")
    ax.axhline(0.25, color="gray", ls=":", lw=1)
    ax.set(xlabel="heading / degrees", xticks=range(0, 181, 45))
axes[0].plot(some, share, "C0o", ms=4, label="random points")
axes[0].set(ylabel="intersection over union", title="one turns on another")
axes[1].set_title("two turn side by side")
axes[0].legend()
peak = float(near[:, 0, 1].max())
fig.set_label(f"Curves of two overlaps; of two beams one rises to {peak:.2f}.")
plt.show()
