# %% [markdown]
# # From lines in a photograph to boxes in a room
#
# The note [Deep Hough Voting](../../notes/votenet/) says that points can find what they
# belong to by voting. Here the votes are looked at one by one: for lines in a
# photograph of bricks, for coins, and for furniture in a room. Nothing is trained.
# Where a network would guess, the truth is used and spoiled by noise. Three exercises
# follow, with folded solutions.

# %%
import math

import matplotlib.pyplot as plt
import torch
from skimage import data
from skimage.feature import canny

from dlnotes.blocks.grouping import gather_points
from dlnotes.blocks.neighbors import points_within
from dlnotes.blocks.sampling import farthest_points
from dlnotes.ledger import record
from dlnotes.toy.furniture import FURNITURE
from dlnotes.toy.rooms import draw_rooms
from dlnotes.votenet.circles import circle_votes
from dlnotes.votenet.clipping import box_iou
from dlnotes.votenet.lines import (
    canonical_lines,
    hough_angles,
    line_distance,
    line_votes,
    reach_of,
)
from dlnotes.votenet.peaks import find_peaks, peak_lines
from dlnotes.votenet.targets import object_votes

rng = torch.Generator().manual_seed(0)
bricks = data.brick()
edges = torch.from_numpy(canny(bricks, sigma=4))
points = edges.nonzero().flip(1)[None].double()  # x is the column, y the row
points.shape

# %% [markdown]
# ## Lines
#
# A point lies on many lines, one for each direction of the normal. By
# [Eq. (hough-line)](../../notes/votenet/) it gives each of them a distance from the
# origin, and so a curve. Two points share one line: their curves meet there.

# %%
pair = points[:, [100, -100]]
step = pair[0, 1] - pair[0, 0]
normal = torch.atan2(-step[0], step[1])[None]
distances = line_distance(pair, normal)[0, :, 0]
assert torch.isclose(distances[0], distances[1])
distances

# %% [markdown]
# All points vote for the lines through them, of 180 directions. A long joint between
# bricks becomes a cell with many votes.

# %%
angles = hough_angles(like=points)
reach = reach_of(*bricks.shape)
votes = line_votes(points, angles, reach=reach)
assert votes.sum() == points.shape[1] * len(angles)
peaks = find_peaks(votes, 20, window=(12, 6), threshold=100, twins=True)
lines = peak_lines(peaks, angles, reach=reach)[peaks.real]
upright = (lines[:, 1].abs() < math.radians(20)).sum()
record("votenet/lab-lines", len(lines), exact=True)
record("votenet/lab-upright-lines", upright, exact=True)

# %% [markdown]
# In the first panel the lines of the highest peaks, in the second the votes.

# %%
fig, (photo, table) = plt.subplots(1, 2, figsize=(5.6, 2.8), layout="constrained")
few = {"cmap": "gray", "interpolation": "none"}  # pixels are enough for a small figure
photo.imshow(bricks[::4, ::4], extent=(0, 512, 512, 0), **few)
for distance, angle in lines.tolist():
    x, y = distance * math.cos(angle), distance * math.sin(angle)
    photo.axline((x, y), (x - math.sin(angle), y + math.cos(angle)), color="C1")
photo.set(xlabel="x", ylabel="y", xlim=(0, 511), ylim=(511, 0))
sides = {"extent": (-90, 90, reach, -reach), "aspect": "auto", "cmap": "cividis"}
table.imshow(votes[0, ::8].sqrt(), **sides)  # roots, to show where few meet
table.set(xlabel="angle of the normal, degrees", ylabel="distance")
fig.set_label(
    f"Bricks with {len(lines)} lines drawn along joints, and a table of votes."
)
plt.show()

# %% [markdown]
# ## Coins
#
# A circle has three numbers. For a known radius a point votes for the centers that are
# this far away, by [Eq. (circle-votes)](../../notes/votenet/).

# %%
coins = data.coins()
edges = torch.from_numpy(canny(coins, sigma=3, low_threshold=10, high_threshold=50))
points = edges.nonzero().flip(1)[None].double()
radii = range(18, 32)
best, which = circle_votes(points, radii, coins.shape).max(1)
found = find_peaks(best, 24, window=(20, 20), threshold=0.3)
centers = torch.stack([found.columns, found.rows], -1)[0]
x, y = centers.unbind(-1)
sizes = torch.tensor(radii)[which[0, y, x]]
assert found.real.all()
sizes

# %%
fig, ax = plt.subplots(figsize=(6, 4.2), layout="constrained")
ax.imshow(coins[::2, ::2], extent=(0, 384, 303, 0), **few)
for place, radius in zip(centers.tolist(), sizes.tolist(), strict=True):
    ax.add_patch(plt.Circle(place, radius, fill=False, color="C1"))
ax.set(xlabel="x", ylabel="y")
fig.set_label(f"A photograph of coins in four rows, and {len(sizes)} circles on it.")
plt.show()

# %% [markdown]
# ## A room
#
# A table has no formula, and a camera sees none of its middle. How far from the center
# is the nearest point of an object that was seen?

# %%
rooms = draw_rooms(20, 2048, generator=rng)
true = object_votes(rooms.points, rooms.owner, rooms.boxes)
far = true.offsets.norm(dim=-1)
gaps = [
    far[room][rooms.owner[room] == thing].min()
    for room, thing in rooms.real.nonzero().tolist()
    if (rooms.owner[room] == thing).any()
]
gap = torch.stack(gaps)
record("votenet/lab-gap", gap.mean(), error=gap.std() / len(gap) ** 0.5, unit="m")

# %% [markdown]
# Let each point of an object vote for its center by
# [Eq. (true-votes)](../../notes/votenet/), with an error of 10 cm in each coordinate,
# as a trained network might. Votes of one object gather. Farthest points choose some of
# them, and each of these takes the mean of the votes in a ball around it.

# %%
noise = 0.1 * torch.randn(rooms.points.shape, generator=rng)
votes = rooms.points + true.offsets + noise * true.on_object[..., None]
chosen = farthest_points(votes, 32, mask=true.on_object, generator=rng)
middles = gather_points(votes, chosen.indices)
near = points_within(votes, middles, 0.3, 64, mask=true.on_object)
weights = near.real[..., None].float()
means = (gather_points(votes, near.indices) * weights).sum(2) / weights.sum(2)
error = torch.cdist(means, rooms.boxes[..., :3])
error = error.masked_fill(~rooms.real[:, None], math.inf).amin(-1).mean(1)
record("votenet/lab-center", error.mean(), error=error.std() / 20**0.5, unit="m")

# %% [markdown]
# From above, in the first room: points on objects, their votes, and the means.

# %%
fig, ax = plt.subplots(figsize=(6, 4.2), layout="constrained")
on = true.on_object[0]
ax.plot(*rooms.points[0, on, :2].T, ".", ms=2, label="points", rasterized=True)
ax.plot(*votes[0, on, :2].T, ".", ms=2, label="votes", rasterized=True)
ax.plot(*means[0, :, :2].T, "k+", ms=8, label="means")
ax.set(xlabel="x, m", ylabel="y, m", aspect="equal")
ax.legend()
fig.set_label("Outlines of furniture, and clusters of votes in their middles.")
plt.show()

# %% [markdown]
# A center and the mean size of a class make a box. Beside it stands the box around the
# points that were seen, which knows nothing of what is hidden. The first is helped: of
# all means the one nearest to the true center is taken, and class and heading are the
# true ones. The second is parallel to the walls.

# %%
typical = torch.tensor([kind.size for kind in FURNITURE])
shares = []
for room, thing in rooms.real.nonzero().tolist():
    mine = rooms.points[room][rooms.owner[room] == thing]
    if len(mine) < 20:
        continue
    truth = rooms.boxes[room, thing]
    voted = means[room][(means[room] - truth[:3]).norm(dim=-1).argmin()]
    guess = torch.cat([voted, typical[rooms.classes[room, thing]], truth[6:]])
    low, high = mine.amin(0), mine.amax(0)
    around = torch.cat([(low + high) / 2, high - low, truth.new_zeros(1)])
    shares.append(box_iou(torch.stack([guess, around]), truth[None])[:, 0])
share = torch.stack(shares)
for name, each in zip(("voted", "around"), share.T, strict=True):
    error = each.std() / len(each) ** 0.5
    record(f"votenet/lab-iou-{name}", each.mean(), error=error)

# %% [markdown]
# ## Exercise 1
#
# A joint is level, and half of its edge leans a little to one side. Its votes lie at
# the left end of the table and at the right end. Is this one line or two?
#
# <details><summary>Solution</summary>
#
# One. By [Eq. (line-twins)](../../notes/votenet/) distance $r$ at angle $\theta$ is the
# line of distance $-r$ at $\theta + \pi$. So the two ends of the table are neighbors,
# one of them upside down, and `find_peaks(..., twins=True)` looks across.
#
# </details>

# %%
canonical_lines(torch.tensor([[100.0, math.radians(89)], [100.0, math.radians(91)]]))

# %% [markdown]
# ## Exercise 2
#
# Why is the table not one of slopes and intercepts, $y = a x + b$?
#
# <details><summary>Solution</summary>
#
# An upright line has no slope, and those near it have slopes without bound: no table
# has cells for them all. Most of the joints above are such lines.
#
# </details>

# %%
slopes = -1 / lines[:, 1].tan()  # of the lines found
slopes.abs().max()

# %% [markdown]
# ## Exercise 3
#
# The centers of two things are 20 cm apart, of a chair and of a bag on it. What do
# votes in a ball of 30 cm say?
#
# <details><summary>Solution</summary>
#
# The ball holds the votes of both, and their mean lies between the centers. Votes that
# fall together cannot be told apart; a smaller ball holds fewer of them, but needs more
# exact votes.
#
# </details>

# %%
pair = torch.tensor([[0.0, 0.0, 0.45], [0.2, 0.0, 0.45]])
cloud = (pair + 0.02 * torch.randn(50, 2, 3, generator=rng)).flatten(0, 1)[None]
ball = points_within(cloud, cloud[:, :1], 0.3, 100)
gather_points(cloud, ball.indices).mean(2)
