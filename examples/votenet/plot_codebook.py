r"""
# Parts of a shape find its center, though most of it is hidden

A codebook learned from one outline votes for its center among clutter.

The votes are those of [Eq. (generalized-hough)](../../notes/votenet.md). A part is a
point of the outline with the direction of its normal.
"""

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import avg_pool2d, normalize

from dlnotes.ledger import record
from dlnotes.votenet.generalized import generalized_votes, learn_codebook
from dlnotes.votenet.peaks import find_peaks

rng, scenes, count, total = torch.Generator().manual_seed(0), 100, 120, 360
size = (96, 128)
angle = torch.arange(count) / count * 2 * torch.pi
radius = 15 + 4 * (3 * angle).cos() + 3 * (2 * angle + 1).sin()
outline = radius[:, None] * torch.stack([angle.cos(), angle.sin()], -1)
along = outline.roll(-1, 0) - outline.roll(1, 0)
normals = normalize(torch.stack([along[:, 1], -along[:, 0]], -1))

# %%
# Words are typical directions; each owns offsets of points like it, a single one all.
order = torch.randperm(count, generator=rng)
books = {k: learn_codebook(normals, -outline, normals[order[:k]]) for k in (1, 4, 16)}

# %%
# A hundred scenes. The outline stands anywhere, its points are moved by half a cell, an
# arc of it is left, and the rest is clutter of any direction, with 240 points more. A
# center is found if the fullest 3 x 3 cells are at most two cells away.
shares, found = (0.5, 0.3, 0.2, 0.15, 0.1), {}
for share in shares:
    center = 24 + torch.rand(scenes, 1, 2, generator=rng) * torch.tensor([80, 48])
    first = torch.randint(count, (scenes, 1), generator=rng)
    left = ((torch.arange(count) - first) % count < share * count)[..., None]
    noise = torch.randn(scenes, count, 2, generator=rng) / 2
    points = torch.rand(scenes, total, 2, generator=rng) * torch.tensor([127, 95])
    points[:, :count] = torch.where(left, center + outline + noise, points[:, :count])
    looks = normalize(torch.randn(scenes, total, 2, generator=rng), dim=-1)
    looks[:, :count] = torch.where(left, normals, looks[:, :count])
    for words, book in books.items():
        votes = avg_pool2d(generalized_votes(points, looks, book, size), 3, 1, 1)
        peaks = find_peaks(votes, 1)
        at = torch.stack([peaks.columns, peaks.rows], -1)
        near = ((at - center).norm(dim=-1) <= 2).double().mean()
        found[words, share] = near
        error = max((near * (1 - near) / scenes) ** 0.5, 1 / scenes)
        if share in (0.2, 0.1):
            name = f"found-words-{words}-left-{round(100 * share)}"
            record(f"votenet/{name}", near, error=error)
    if share == 0.2:
        shown = points[0], looks[0], left[0, :, 0], votes[0], at[0, 0]

# %%
# First: a scene with a fifth of the outline, in orange; the cross is the center found.
# Second: its votes by 16 words. Third: how often the center was found; bars are 95 %.

fig, axes = plt.subplots(1, 3, figsize=(6.2, 2.3), layout="constrained")
points, looks, left, votes, at = shown
arrows = {
    "color": ["C1" if part else "0.5" for part in left] + ["0.5"] * (total - count)
}
arrows |= {"angles": "xy", "scale": 25, "width": 0.006, "rasterized": True}
axes[0].quiver(*points.T, *looks.T, **arrows)
axes[0].plot(*at, "C0x", ms=9, mew=2)
axes[1].imshow(votes, origin="lower", cmap="cividis", interpolation="none")
for ax in axes[:2]:
    ax.set(xlim=(0, size[1]), ylim=(0, size[0]), aspect="equal", xticks=[], yticks=[])
for words in books:
    each = torch.stack([found[words, share] for share in shares])
    bars = 1.96 * (each * (1 - each) / scenes).sqrt()
    axes[2].errorbar(shares, each, bars, fmt="o-", label=f"words: {words}")
axes[2].set(xlabel="share of outline left", ylabel="share of scenes found")
axes[2].legend()
fig.set_label("An arc in clutter, votes with one bright place, three rising curves.")
plt.show()
