r"""
# The curves of points on a line meet in one place

Points as curves of distance by angle, and the cell in which most curves meet.

A point is the curve of [Eq. (hough-line)](../../notes/votenet.md); cells count curves
by [Eq. (accumulator)](../../notes/votenet.md).
"""

import math

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.votenet.lines import hough_angles, line_distance, line_votes
from dlnotes.votenet.peaks import find_peaks, peak_lines

rng, reach = torch.Generator().manual_seed(0), 40
angle, distance = math.radians(30), 12.3
along = torch.linspace(-24, 24, 7, dtype=torch.float64)
x = distance * math.cos(angle) - along * math.sin(angle)
y = distance * math.sin(angle) + along * math.cos(angle)
line = torch.stack([x, y], -1)
others = 40 * torch.rand(5, 2, generator=rng, dtype=torch.float64) - 20
points = torch.cat([line, others])[None]

# %%
# ## Where the curves meet
#
# Seven points lie on a line, five do not. At the angle of the line's normal the curves
# of the seven have one value; a tenth of a radian beside it they lie apart.

two = torch.tensor([angle, angle + 0.1], dtype=torch.float64)
at = line_distance(line[None], two)[0]
spread = at.amax(0) - at.amin(0)
record("votenet/curves-apart-at-line", spread[0].round(decimals=9), exact=True)
record("votenet/curves-apart-beside", spread[1], exact=True)

# %%
# The same in cells of one degree and one unit: the fullest cell is the line.

angles = hough_angles(like=points)
votes = line_votes(points, angles, reach=reach)
peaks = find_peaks(votes, 1)
found = peak_lines(peaks, angles, reach=reach)[0, 0]
record("votenet/line-votes", peaks.votes[0, 0], exact=True)
record("votenet/line-distance", found[0], exact=True)
degrees = found[1].rad2deg().round(decimals=9)
record("votenet/line-angle", degrees, exact=True, unit="degrees")

# %%
# First: points, and the line that was found. Second: their curves, which meet in the
# ring. Third: how many curves pass through each cell.

fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.7), layout="constrained")
axes[0].axline((x[0], y[0]), (x[-1], y[-1]), c="0.7")
for color, some in {"C0": line, "C1": others}.items():
    axes[0].plot(*some.T, color + "o", ms=4)
    curves = line_distance(some[None], angles)[0]
    axes[1].plot(angles.rad2deg(), curves.T, color, lw=1)
axes[0].set(xlabel="x", ylabel="y", xlim=(-28, 28), ylim=(-28, 28), aspect="equal")
axes[1].plot(found[1].rad2deg(), found[0], "C3o", mfc="none", ms=9)
axes[1].set(xlabel="angle / degrees", ylabel="distance", ylim=(-30, 30))
shown = axes[2].imshow(
    votes[0], extent=(-90.5, 89.5, -reach - 0.5, reach + 0.5), origin="lower",
    aspect="auto", cmap="cividis",
)  # fmt: skip
axes[2].set(xlabel="angle / degrees", ylabel="distance", ylim=(-30, 30))
fig.colorbar(shown, ax=axes[2], label="votes")
fig.set_label("Seven points on a line, seven curves through one place, a bright cell.")
plt.show()
