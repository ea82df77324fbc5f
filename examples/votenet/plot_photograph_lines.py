r"""
# The longest straight edges of a photograph

Edges of a photograph vote, and the fullest cells are the lines that one sees.

Votes are counted by [Eq. (accumulator)](../../notes/votenet.md), and the border at 90
degrees is closed by [Eq. (line-twins)](../../notes/votenet.md).
"""

import matplotlib.pyplot as plt
import torch
from skimage.feature import canny
from skimage.transform import hough_line

from dlnotes.ledger import record
from dlnotes.toy.images import load_photograph
from dlnotes.votenet.lines import hough_angles, line_votes, reach_of
from dlnotes.votenet.peaks import find_peaks, peak_lines

image = load_photograph("brick")[0]
options = {"sigma": 4.0, "low_threshold": 0.03, "high_threshold": 0.06}
edges = torch.from_numpy(canny(image.numpy(), **options))
points = edges.nonzero().flip(-1).double()[None]

# %%
# ## The votes are those of scikit-image
#
# All cells are compared, of all distances and angles.

angles, reach = hough_angles(like=points), reach_of(*image.shape)
votes = line_votes(points, angles, reach=reach)
wanted = torch.from_numpy(hough_line(edges.numpy())[0].astype("int64"))
record("votenet/photograph-pixels", points.shape[1], exact=True)
record("votenet/photograph-cells", wanted.numel(), exact=True)
record("votenet/photograph-cells-other", (votes[0] != wanted).sum(), exact=True)

# %%
# ## Peaks
#
# Then the photograph is laid on its side, rows as columns, and its lines have angles
# around the border at 90 degrees. Without the twins, some are found from both sides.

wide = {"window": (15, 8), "threshold": 100.0}
peaks = find_peaks(votes, 30, twins=True, **wide)
lines = peak_lines(peaks, angles, reach=reach)[peaks.real]
record("votenet/photograph-peaks-upright", len(lines), exact=True)
aside = line_votes(points.flip(-1), angles, reach=reach)
for name, twins in {"plain": False, "twins": True}.items():
    real = find_peaks(aside, 30, twins=twins, **wide).real
    record(f"votenet/photograph-peaks-{name}", real.sum(), exact=True)

# %%
# First: the photograph with the lines found. Second: the edges that voted. Third: the
# votes, with the peaks ringed.

fig, axes = plt.subplots(1, 3, figsize=(6.2, 2.3), layout="constrained")
frame = (0, image.shape[1], image.shape[0], 0)
axes[0].imshow(image[::4, ::4], cmap="gray", extent=frame, interpolation="nearest")
axes[1].imshow(~edges, cmap="gray", interpolation="nearest")
table = (-90.5, 89.5, reach + 0.5, -reach - 0.5)
axes[2].imshow(votes[0, ::8].sqrt(), extent=table, aspect="auto", cmap="cividis")
for distance, angle in lines:
    normal = torch.stack([angle.cos(), angle.sin()])
    start = distance * normal
    end = start + torch.stack([-angle.sin(), angle.cos()])
    axes[0].axline(start.tolist(), end.tolist(), c="C1", lw=1)
    axes[2].plot(angle.rad2deg(), distance, "o", c="C1", mfc="none", ms=7)
for ax in axes[:2]:
    ax.set(xlim=(0, image.shape[1]), ylim=(image.shape[0], 0), xticks=[], yticks=[])
axes[2].set(xlabel="angle / degrees", ylabel="distance / pixels")
fig.set_label("A photograph with lines along straight edges; edges; a table of votes.")
plt.show()
