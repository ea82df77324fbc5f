r"""
# Masks made of softmaxes can exceed one

Of two recursions and a projection that mark the three largest, one stays below 1.

[Eq. (soft-k-max)](../../notes/smoothing.md) multiplies a winner away,
[Eq. (log-soft-k-max)](../../notes/smoothing.md) pushes it down by a logarithm,
[Eq. (soft-top-k)](../../notes/smoothing.md) projects.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.smoothing.permutahedron import soft_top_k
from dlnotes.smoothing.top_k import log_soft_k_max, soft_k_max

values = torch.tensor([1.0, 0.6, 0.5, 0.2, 0.0], dtype=torch.float64)
sharpness = torch.logspace(-0.5, 3, 71).tolist()
masks = {
    function.__name__: torch.stack([function(values, 3, k) for k in sharpness])
    for function in (soft_k_max, log_soft_k_max, soft_top_k)
}

# %%
# ## Five values, of which three are to be marked
#
# Look for lines above 1, and where each mask becomes exact. The projection does so at
# the sharpness that is the inverse of the gap between the third and the fourth value.

fig, axes = plt.subplots(1, 3, figsize=(7, 2.8), sharey=True, layout="constrained")
for ax, (name, mask) in zip(axes, masks.items(), strict=True):
    for i, value in enumerate(values.tolist()):
        ax.semilogx(sharpness, mask[:, i], label=f"{value}")
    ax.axhline(1, color="0.5", linestyle="--")
    ax.set(title=name, xlabel="sharpness κ")
axes[0].set_ylabel("entry of the mask")
axes[2].legend(title="value", fontsize="small")
fig.set_label(
    "Entries of three masks against sharpness: in the first two some rise above 1 "
    "before they return, in the third none does."
)
plt.show()

for name, mask in masks.items():
    record(f"smoothing/largest-entry-{name.replace('_', '-')}", mask.max(), exact=True)
marked = torch.tensor([1.0, 1, 1, 0, 0]).double()
error = (soft_top_k(values, 3, 4.0) - marked).abs().max()
record("smoothing/projection-error", error, exact=True)

# %%
# ## Two traps, in numbers
#
# Without moving the minimum to 0, negative values make the first recursion choose one
# value twice. With a clamp in the logarithm the second does the same. And at sharpness
# 1 the winner of the second ties with the next, whatever the scale.

negative = torch.tensor([-1.0, -2.0, -3.0], dtype=torch.float64)
first = torch.softmax(5 * negative, -1)
unshifted = first + torch.softmax(5 * (1 - first) * negative, -1)
far = torch.tensor([90.0, 60.0, 30.0], dtype=torch.float64)
p = torch.softmax(2 * far, -1)
lost = torch.log((1 - p).clamp(min=1e-12))
for name, value in (
    ("k-max-without-shift", unshifted[0]),
    ("k-max-with-shift", soft_k_max(negative, 2, 5.0)[0]),
    ("k-max-with-clamp", (p + torch.softmax(2 * (far + lost), -1))[0]),
    ("k-max-without-clamp", log_soft_k_max(far, 2, 2.0)[0]),
    ("k-max-tie", log_soft_k_max(far, 2, 1.0)[1]),
):
    record(f"smoothing/{name}", value, exact=True)
