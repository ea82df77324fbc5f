r"""
# True votes with much noise still find the centers

Peaks of true votes, to which noise is added: how many centers they find, and how well.

No network votes here. Each point on an object votes for its center, by
[Eq. (true-votes)](../../notes/votenet.md) and a normal error. Votes are counted in
cells, as seen from above; a peak moves to the mean of the votes in a disc around it.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.toy.rooms import draw_rooms
from dlnotes.votenet.peaks import find_peaks
from dlnotes.votenet.targets import object_votes

side, cells, reach, ball_radius = 0.2, 50, 0.4, 0.6  # meters, but for cells
noises = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4)
radii = (0.15, 0.3, 0.6, 1.0)

# %%
# ## Rooms, and votes in them
#
# There are 60 rooms of 1,024 points. Points on the floor and on walls do not vote. As
# many peaks are asked for as a room has places for objects.

rng = torch.Generator().manual_seed(0)
rooms = draw_rooms(60, 1024, generator=rng)
offsets, on_object = object_votes(rooms.points, rooms.owner, rooms.boxes)
truths = rooms.boxes[..., :3]
found, errors = torch.zeros(6, 60), torch.zeros(6, 4, 60)
for row, noise in enumerate(noises):
    votes = rooms.points + offsets + noise * torch.randn(offsets.shape, generator=rng)
    cell = (votes[..., :2] / side + cells / 2).long().clamp(0, cells - 1)
    flat = (cell[..., 0] * cells + cell[..., 1]).where(on_object, cells**2)
    table = torch.zeros(60, cells**2 + 1).scatter_add(1, flat, on_object.float())
    table = table[:, :-1].unflatten(1, (cells, cells))
    peaks = find_peaks(table, 5, window=(3, 3), threshold=2.0)
    place = torch.stack([peaks.rows, peaks.columns], -1) + 0.5 - cells / 2
    for column, radius in enumerate(radii):
        away = (side * place[:, :, None] - votes[:, None, :, :2]).norm(dim=-1)
        ball = ((away < radius) & on_object[:, None]).float()
        middle = ball @ votes / ball.sum(-1, keepdim=True).clamp_min(1)
        gaps = (middle[:, :, None] - truths[:, None]).norm(dim=-1)
        gaps = gaps.where(peaks.real[..., None], torch.inf).amin(1).clamp_max(1)
        errors[row, column] = (gaps * rooms.real).sum(1) / rooms.real.sum(1)
        if radius == ball_radius:
            near = (gaps < reach) & rooms.real
            found[row] = near.sum(1) / rooms.real.sum(1)

for noise, radius in ((0.1, 0.6), (0.4, 0.6), (0.4, 0.15)):
    miss = errors[noises.index(noise), radii.index(radius)]
    name = f"noise-{round(100 * noise)}-radius-{round(100 * radius)}"
    record(f"votenet/oracle-{name}", miss.mean(), error=miss.std() / 60**0.5, unit="m")
share = 100 * found[noises.index(0.4)]
error = share.std() / 60**0.5
record("votenet/oracle-found-noise-40", share.mean(), error=error, unit="%")

# %%
# Distances of centers from the nearest peak, by the noise of a vote; a miss counts as
# 1 m at most. First: discs of four radii. Second: the share of centers that have a peak
# within 0.4 m. Where votes have noise, a peak errs less than a vote, with each disc.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
for column, radius in enumerate(radii):
    axes[0].plot(noises, errors[:, column].mean(1), "o-", label=f"{radius} m")
axes[0].plot(noises, [1.6 * noise for noise in noises], "k:", label="a vote")
axes[0].set(xlabel="noise / m", ylabel="error / m", ylim=(0, 0.5))
axes[0].legend(title="radius", fontsize=8)
axes[1].plot(noises, 100 * found.mean(1), "o-")
axes[1].set(xlabel="noise / m", ylabel="found / %", ylim=(0, 103))
fig.set_label("Errors grow slowly with noise; the share of found centers falls slowly.")
plt.show()
