r"""
# Large encoders gain more than small ones

Multiplications of a step with mask tokens in the encoder, over those without.

Counts by [Eq. (step-cost)](../../notes/mae.md), and seconds of a flat, wide model.
"""

from functools import partial
from time import process_time

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.mae.cost import pretraining_macs
from dlnotes.mae.masking import draw_noise, kept_count, shuffle
from dlnotes.mae.model import MaskedAutoencoder
from dlnotes.vit.sizes import layer_multiply_adds

sizes = {"B": (768, 12), "L": (1024, 24), "H": (1280, 32)}
ratios = [0.0, 0.25, 0.5, 0.75, 0.9]

# %%
# ## Count
#
# 196 patches of 16 by 16 by 3; a decoder of 8 layers of 512. H has its paper's patches
# of 14: 256 of them.

gains = {}
for name, (dim, depth) in sizes.items():
    tokens, pixels = (256, 588) if name == "H" else (196, 768)
    wide = {"dim": dim, "depth": depth, "patch_pixels": pixels}
    counts = [pretraining_macs(tokens, kept_count(tokens, r), **wide) for r in ratios]
    inside = pretraining_macs(tokens, tokens, **wide)
    gains[name] = [inside / count for count in counts]
    record(f"mae/speed-up-{name.lower()}", gains[name][3], exact=True)
encoder = layer_multiply_adds(197, 1024) / layer_multiply_adds(50, 1024)
record("mae/speed-up-encoder-alone", encoder, exact=True)
share = 8 * layer_multiply_adds(197, 512) / (24 * layer_multiply_adds(197, 1024))
record("mae/decoder-share", 100 * share, exact=True, unit="%")
step = partial(pretraining_macs, 196, 49, dim=1024, depth=24)
for name, small in {"flat": {"decoder_depth": 1}, "thin": {"decoder_dim": 128}}.items():
    share = step(**small) / step()
    record(f"mae/step-with-{name}-decoder", 100 * share, exact=True, unit="%")

# %%
# ## Time
#
# Three layers of L and one of its decoder, forward and backward, three times by turns.

model = MaskedAutoencoder(224, 16, dim=1024, depth=3, heads=16, decoder_depth=1)
images = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
order = shuffle(draw_noise(2, 196, generator=torch.Generator().manual_seed(1)))
times = torch.zeros(2, 3)
for turn in range(3):
    for row, kept in enumerate((196, 49)):
        start = process_time()
        model(images, order, kept).square().mean().backward()
        times[row, turn] = process_time() - start
pairs = times[0] / times[1]
record("mae/seconds-ratio", pairs.mean(), error=pairs.std() / 3**0.5)
flat = {"dim": 1024, "depth": 3, "decoder_depth": 1}
counted = pretraining_macs(196, 196, **flat) / pretraining_macs(196, 49, **flat)
record("mae/seconds-ratio-counted", counted, exact=True)

# %%
# The more is hidden, the more the decoder decides. The dotted line is a factor of 3.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for name, values in gains.items():
    ax.plot(ratios, values, "o-", label=f"ViT-{name}")
ax.axhline(3, color="0.5", linestyle=":")
ax.set(xlabel="share hidden", ylabel="gain in multiplications")
ax.legend()
fig.set_label(
    f"Three rising curves; at {ratios[3]:.0%} hidden L gains {gains['L'][3]:.2f} and "
    f"H {gains['H'][3]:.2f}."
)
plt.show()
