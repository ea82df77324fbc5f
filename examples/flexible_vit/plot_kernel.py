r"""
# A kernel is not an image, and resizing it as one fails

Products of patches and kernels, after both were resized.

The right way is [Eq. (pi-resize)](../../notes/flexible_vit.md). Patches and kernels are
random.
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.flexible_vit.patch_sizes import resize_kernel
from dlnotes.ledger import record

rng = torch.Generator().manual_seed(0)
patches = torch.randn(500, 1, 8, 8, dtype=torch.float64, generator=rng)
weight = torch.randn(64, 1, 8, 8, dtype=torch.float64, generator=rng)
wanted = patches.flatten(1) @ weight.flatten(1).T
sides = [2, 3, 4, 6, 8, 10, 12, 16, 24, 32]

# %%
# ## Resize patches and kernel
#
# Errors of the products, as a share of the products.

errors = torch.zeros(2, len(sides))
for column, side in enumerate(sides):
    resized = F.interpolate(patches, (side, side), mode="bilinear").flatten(1)
    image_like = F.interpolate(weight, (side, side), mode="bilinear")
    for row, kernel in enumerate((image_like, resize_kernel(weight, side))):
        found = resized @ kernel.flatten(1).T
        errors[row, column] = (found - wanted).norm() / wanted.norm()
image_like, fitted = errors
larger = [k for k, side in enumerate(sides) if side >= 8]
record("flexible_vit/fit-gap", fitted[larger].max(), exact=True)

# %%
# ## Measure with many draws
#
# Twenty draws of patches and kernels for each number.

naive, chained = torch.zeros(2, 20), torch.zeros(20)
for draw in range(20):
    x, w = torch.randn(2, 64, 1, 8, 8, dtype=torch.float64, generator=rng)
    truth = x.flatten(1) @ w.flatten(1).T
    for row, side in enumerate((16, 32)):
        both = [
            F.interpolate(v, (side, side), mode="bilinear").flatten(1) for v in (x, w)
        ]
        naive[row, draw] = (both[0] @ both[1].T - truth).norm() / truth.norm()
    large = torch.randn(64, 1, 32, 32, dtype=torch.float64, generator=rng)
    back = resize_kernel(resize_kernel(large, 8), 32)
    chained[draw] = (back - large).norm() / large.norm()
for name, values in (("twice", naive[0]), ("fourfold", naive[1]), ("chain", chained)):
    record(f"flexible_vit/error-{name}", values.mean(), error=values.std() / 20**0.5)

# %%
# To the right of 8 pixels the fitted kernel is exact, and the other grows with the area
# of the patch. To the left, something is lost either way.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.semilogx(sides, image_like, "C3s--", label="resized as an image")
ax.semilogx(sides, fitted, "C0o-", label="fitted")
ax.axvline(8, color="0.5", lw=1)
ax.set_xticks([2, 4, 8, 16, 32], [2, 4, 8, 16, 32])
ax.minorticks_off()
ax.set(xlabel="new side (pixels), from 8", ylabel="error / size of the products")
ax.legend()
fig.set_label(
    "Errors against the new side: one curve grows steeply to the right of eight, the "
    "other is zero there."
)
plt.show()
