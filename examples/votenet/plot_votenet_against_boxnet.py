r"""
# After a short training, BoxNet finds more than VoteNet

Two networks find furniture on equal budgets; one of them votes for centers first.

[Eq. (votes)](../../notes/votenet.md) is what differs, and what follows from it: BoxNet
makes proposals of clusters of seeds, and a proposal stands for an object if its seed is
on one. Rooms, steps and their order are the same.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import take_rows
from dlnotes.ledger import record
from dlnotes.toy.furniture import FURNITURE
from dlnotes.toy.rooms import draw_rooms
from dlnotes.votenet import detector
from dlnotes.votenet.box_loss import detection_loss
from dlnotes.votenet.boxnet import BoxNet, boxnet_loss
from dlnotes.votenet.model import VoteNet

seeds, learn = 3, 256
means = torch.tensor([kind.size for kind in FURNITURE])
networks = {"votenet": (VoteNet, detection_loss), "boxnet": (BoxNet, boxnet_loss)}
settings = [(by, count) for by in ("seeds", "votes") for count in (32, 64)]

# %%
# ## Equal budgets
#
# 256 rooms to learn from and 64 others, 1,024 points each; 350 steps with 64 proposals
# of seeds far from each other. The number of proposals, and whether seeds or votes are
# spread, change for the test alone.

precision = torch.zeros(2, len(settings), 2, seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    rooms = draw_rooms(learn + 64, 1024, emphasis=15.0, generator=rng)
    lessons = detector.prepare_rooms(rooms, VoteNet(means, channels=1))
    known = take_rows(lessons, slice(learn))
    new = take_rows(lessons, slice(learn, None))
    for row, (kind, loss) in enumerate(networks.values()):
        model = kind(means, count=64, channels=1)
        options = {"steps": 350, "batch": 4, "learning_rate": 8e-3}
        order = torch.Generator().manual_seed(seed)
        detector.learn_detector(model, loss, known, **options, generator=order)
        for column, (model.by, model.count) in enumerate(settings):
            found = detector.detector_precision(model, new)
            precision[row, column, :, seed] = found

# %%
# By seeds and by votes, 32 and 64 proposals, thresholds of .25 and .5. Votes of BoxNet
# are its seeds.

for column, (by, count) in enumerate(settings):
    for part, threshold in enumerate((25, 50)):
        rows = dict(zip(networks, precision[:, column, part], strict=True))
        rows["lead-of-boxnet"] = rows["boxnet"] - rows["votenet"]
        for name, each in rows.items():
            if name == "votenet" or by == "seeds":
                value, error = each.mean(), each.std() / seeds**0.5
                record(f"votenet/{name}-{by}-{count}-ap{threshold}", value, error=error)

# %%
# Mean average precision on new rooms. First: at an overlap of a quarter. Second: of a
# half. Bars are standard errors over three seeds.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
for part, ax in enumerate(axes):
    for row, name in enumerate(("VoteNet", "BoxNet")):
        each = precision[row, :, part]
        places = torch.arange(len(settings)) + 0.36 * row - 0.18
        bars = each.std(1) / seeds**0.5
        ax.bar(places, each.mean(1), 0.34, yerr=bars, label=name)
    words = [f"{count}\n{by}" for by, count in settings]
    ax.set(xticks=range(len(settings)), xticklabels=words)
    ax.set(ylabel=f"AP at {(part + 1) / 4}", ylim=(0, 1))
axes[1].legend()
fig.set_label("Two panels, for two overlaps: bars of two networks in four settings.")
plt.show()
