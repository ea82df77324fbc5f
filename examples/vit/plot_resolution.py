r"""
# Codes at another resolution: the curve matters

Three kinds of interpolation on a straight line; the usual bicubic one bends it.

The codes are resized by [Eq. (resize)](../../notes/vit.md); the bend is that of
[Eq. (ramp-error)](../../notes/vit.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.vit.positions import ramp_error, resize_codes

# %%
# ## Enlarge a straight line
#
# Each code is the column of its patch, on a grid of 14, resized to 64.

codes = torch.arange(14.0, dtype=torch.float64).repeat(14)[:, None]
new = 64
where = (torch.arange(new, dtype=torch.float64) + 0.5) * 14 / new - 0.5
inside = (where > 2) & (where < 11)
kinds = {
    "bilinear": {"mode": "bilinear"},
    "bicubic, antialiased": {"antialias": True},
    "bicubic": {},
}
off = {}
for name, options in kinds.items():
    resized = resize_codes(codes, (14, 14), (new, new), **options).view(new, new)[
        new // 2
    ]
    off[name] = resized - where
    largest = off[name][inside].abs().max()
    record(f"vit/ramp-{name.replace(', ', '-')}", largest, exact=True, unit="steps")

# %%
# ## The formula
#
# The largest value over all offsets between two patches.

offsets = torch.linspace(0, 1, 2001, dtype=torch.float64)
bend = ramp_error(offsets, -0.75)
record("vit/ramp-formula", bend.abs().max(), exact=True, unit="steps")
gap = (off["bicubic"] - ramp_error(where - where.floor(), -0.75))[inside].abs().max()
record("vit/ramp-formula-gap", gap, exact=True)

# %%
# Inside, two of the three lie on 0. At the border all three see the edge repeated.

fig, ax = plt.subplots(figsize=(6.5, 3), layout="constrained")
for (name, values), style in zip(off.items(), ("C0-", "C2--", "C3o-"), strict=True):
    ax.plot(where, values, style, ms=2.5, label=name)
ax.set(xlabel="place (patches)", ylabel="interpolated minus true (steps)")
ax.set(ylim=(-0.25, 0.25))
ax.legend(loc="upper center")
fig.set_label(
    "Errors of three interpolations of a straight line: two are zero inside, the "
    "bicubic one waves around zero, with one wave for each patch."
)
plt.show()
