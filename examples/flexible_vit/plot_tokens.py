r"""
# A language model gets few tokens, or as many as the image has

Tokens that are left of images of many sizes, by four ways to read them.

Tiles are [Eq. (tiles)](../../notes/flexible_vit.md), their tokens
[Eq. (tile-tokens)](../../notes/flexible_vit.md).
"""

import matplotlib.pyplot as plt

from dlnotes.flexible_vit.counts import (
    SWIN_SIZES,
    distilled_parameter_count,
    swin_parameter_count,
)
from dlnotes.flexible_vit.resizing import budget_grid
from dlnotes.flexible_vit.tiles import tile_grid, tile_tokens
from dlnotes.ledger import record

tile, patch, most = 448, 14, 12

# %%
# ## Square images, and one of 3 by 4
#
# Patches of 14 pixels are joined in squares of 2 by 2. At its own resolution an image
# has a token for 28 by 28 pixels, and at most as many as twelve tiles and one.

budget = tile_tokens((3, 4), tile, patch, factor=2)
widths = list(range(112, 2353, 56))
native, tiled = [], []
for width in widths:
    size = (width, width)
    rows, columns = budget_grid(size, 2 * patch, min((width // 28) ** 2, budget))
    native.append(rows * columns)
    tiled.append(tile_tokens(tile_grid(size, tile, most), tile, patch, factor=2))
place = widths.index(896)
record("flexible_vit/tokens-in-tiles", tiled[place], exact=True)
record("flexible_vit/tokens-as-it-is", native[place], exact=True)
small, large = (tile_grid(size, tile, most) for size in ((168, 224), (1680, 2240)))
for name, (rows, columns) in (("small", small), ("large", large)):
    record(f"flexible_vit/tiles-of-{name}", rows * columns, exact=True)

# %%
# ## Parameters
#
# Of the smallest network of windows, and of the distilled one of size B.

swin = swin_parameter_count(*SWIN_SIZES["T"].values(), 7, classes=1000)
record("flexible_vit/parameters-swin", swin, exact=True)
distilled = distilled_parameter_count(196, 16, 768, 12, classes=1000)
record("flexible_vit/parameters-distilled", distilled, exact=True)

# %%
# Tiles come in steps; tokens at the resolution of the image follow its size. One square
# and a resampler leave the same number whatever comes.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(widths, tiled, "C3-", drawstyle="steps-mid", label="tiles")
ax.plot(widths, native, "C0-", label="own resolution")
ax.axhline((tile // (2 * patch)) ** 2, color="C7", ls="--", label="one square")
ax.axhline(64, color="C2", ls=":", label="resampler")
ax.set(xlabel="width of the image (pixels)", ylabel="tokens", yscale="log")
ax.set_ylim(1, 6000)
ax.legend(loc="lower right")
fig.set_label("Tokens by width: a rising curve, a staircase above it, two level lines.")
plt.show()
