r"""
# Votes bear points that are no part of the line; least squares bears noise

The angle of a line, by votes and by least squares, under noise, outliers and gaps.

Votes are those of [Eq. (accumulator)](../../notes/votenet.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.votenet.lines import hough_angles, line_votes
from dlnotes.votenet.peaks import find_peaks, peak_lines

rng, lines, count, reach = torch.Generator().manual_seed(0), 60, 200, 90
like = torch.zeros(lines, count, dtype=torch.float64)
angles = hough_angles(like=like)
# %%
# Sixty lines of 200 points in a square with a side of 100 units; cells of one unit and
# one degree. One thing changes: the standard deviation of the points' distance from the
# line, otherwise half a unit; the share of points drawn anywhere in the square; or the
# share of the line, in its middle, whose points lie at its ends, beside 40 % anywhere.

sweeps = {
    "noise": [(noise, 0.0, 0.0) for noise in (0.2, 0.5, 1.0, 2.0, 4.0)],
    "outliers": [(0.5, share, 0.0) for share in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)],
    "gap": [(0.5, 0.4, gap) for gap in (0.0, 0.3, 0.6, 0.9)],
}
errors = {}
for name, settings in sweeps.items():
    for noise, share, gap in settings:
        truth = torch.rand(lines, 2, generator=rng).double() - 0.5
        distance, angle = 40 * truth[:, :1], 3 * truth[:, 1:]
        drawn = [torch.rand(like.shape, generator=rng).double() for _ in range(4)]
        along = (2 * drawn[0] - 1) * (1 - gap)
        along = 50 * (along + gap * along.sign())
        far = distance + noise * torch.randn(like.shape, generator=rng)
        x = far * angle.cos() - along * angle.sin()
        y = far * angle.sin() + along * angle.cos()
        anywhere = (drawn[1] < share)[..., None]
        square = 100 * torch.stack(drawn[2:], -1) - 50
        points = torch.where(anywhere, square, torch.stack([x, y], -1))
        peaks = find_peaks(line_votes(points, angles, reach=reach), 1, twins=True)
        by_votes = peak_lines(peaks, angles, reach=reach)[:, 0, 1]
        middle = points - points.mean(1, keepdim=True)
        normal = torch.linalg.eigh(middle.transpose(1, 2) @ middle)[1][..., 0]
        by_squares = torch.atan2(normal[:, 1], normal[:, 0])
        both = torch.stack([by_votes, by_squares]) - angle[:, 0]
        errors[name, noise, share, gap] = both.sin().abs().asin().rad2deg()

# %%
# Mean error of the angle: with noise alone; with more and more outliers; with a gap.

chosen = {f"noise-{n:.0f}": ("noise", n, 0.0, 0.0) for n in (2.0, 4.0)}
for share in (0.0, 0.4, 0.8, 0.9):
    chosen[f"outliers-{round(100 * share)}"] = ("outliers", 0.5, share, 0.0)
chosen["gap-90"] = ("gap", 0.5, 0.4, 0.9)
for word, key in chosen.items():
    for method, each in zip(("votes", "squares"), errors[key], strict=True):
        bar = each.std() / lines**0.5
        record(f"votenet/{word}-{method}", each.mean(), error=bar, unit="degrees")

# %%
# Mean error over 60 lines; bars are 95 %. First: noise alone, where least squares is
# better. Second: points that belong to no line. Third: a gap, beside 40 % of those.

fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.7), layout="constrained", sharey=True)
labels = ("noise / units", "share of outliers", "share of gap")
for part, (ax, name, label) in enumerate(zip(axes, sweeps, labels, strict=True)):
    for row, method in enumerate(("votes", "least squares")):
        each = torch.stack([errors[name, *setting][row] for setting in sweeps[name]])
        xs = [setting[part] for setting in sweeps[name]]
        bars = 1.96 * each.std(1) / lines**0.5
        ax.errorbar(xs, each.mean(1), bars, fmt=f"C{row}o-", label=method)
    ax.set(xlabel=label, yscale="log", ylim=(0.01, 60))
axes[0].set(ylabel="error / degrees")
axes[0].legend()
fig.set_label("Votes err much only with the most outliers, least squares at once.")
plt.show()
