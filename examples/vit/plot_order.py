r"""
# Attention sees a set: order comes from the codes

Shuffled patches give shuffled outputs, and the same class, unless places are coded.

The two gaps are those of [Eq. (equivariant)](../../notes/vit.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.patches import patchify, unpatchify
from dlnotes.blocks.positions import sincos_2d
from dlnotes.ledger import record
from dlnotes.toy.images import load_photograph
from dlnotes.vit.model import VisionTransformer, initialize
from dlnotes.vit.order import order_gaps
from dlnotes.vit.positions import places

rng = torch.Generator().manual_seed(0)
image = load_photograph("chelsea")[None, :, 38:262, 100:324].double()
order = torch.randperm(49, generator=rng)
mixed = unpatchify(patchify(image, 32)[:, order], 32, (7, 7))

# %%
# ## Shuffle the input of the encoder
#
# Five draws of weights, sines as codes. Equivariant: the outputs move with their
# tokens. Not invariant: in their old places they are others. Then the image itself.

sines = sincos_2d(*places((7, 7), like=torch.zeros(1)).unbind(-1), 64)
models, gaps, scores, seeds = {}, {}, {}, 5
for seed in range(seeds):
    for name, codes in {"without codes": sines * 0, "with codes": sines}.items():
        sizes = {"dim": 64, "depth": 4, "heads": 4, "classes": 10}
        model = VisionTransformer(224, 32, **sizes, codes=codes)
        initialize(model, generator=torch.Generator().manual_seed(seed))
        models[name] = model.double().eval()
    with torch.no_grad():
        tokens = models["with codes"].tokens(image)[:, 1:]
        pair = order_gaps(models["with codes"].encoder, tokens, order)
        for name, gap in zip(("equivariance", "invariance"), pair, strict=True):
            gaps.setdefault(f"{name}-gap", []).append(gap)
        for name, model in models.items():  # ten scores of the image and its shuffle
            scores[name] = model(torch.cat([image, mixed]))
            gap = (scores[name][1] - scores[name][0]).abs().max()
            gaps.setdefault(f"shuffled-{name.replace(' ', '-')}", []).append(gap)
for name in ("equivariance-gap", "shuffled-without-codes"):
    record(f"vit/{name}", max(gaps[name]), exact=True)
for name in ("invariance-gap", "shuffled-with-codes"):
    values = torch.stack(gaps[name])
    record(f"vit/{name}", values.mean(), error=values.std() / seeds**0.5)

# %%
# How much each of the ten scores changes: by rounding without codes, and far more with
# them.

fig, (one, other, right) = plt.subplots(
    1, 3, figsize=(7.5, 2.6), layout="constrained", width_ratios=[1, 1, 1.6]
)
for ax, picture, title in ((one, image, "image"), (other, mixed, "shuffled")):
    small = picture[0, :, ::2, ::2].permute(1, 2, 0)
    ax.imshow(small, interpolation="none")
    ax.set(title=title, xticks=[], yticks=[])
    ax.grid(visible=False)
for (name, (before, after)), style in zip(scores.items(), ("C0o", "C3^"), strict=True):
    right.semilogy((after - before).abs() + 1e-17, style, label=name)
right.set(xlabel="class", ylabel="change of the score", xticks=[0, 9])
right.legend(loc="center right")
fig.set_label(
    "A cat and its shuffled patches; changes of ten scores, tiny without codes and "
    "large with them."
)
plt.show()
