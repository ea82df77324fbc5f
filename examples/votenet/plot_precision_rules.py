r"""
# One list of detections has four average precisions

The area below the envelope, levels of recall, or the bare curve: rules of one name.

All are [Eq. (average-precision)](../../notes/votenet.md). Of seven detections, in the
order of their scores, the first, third, fourth and last find one of six objects.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.ledger import record
from dlnotes.votenet.average_precision import RULES, average_precision

hits = torch.tensor([[1, 0, 1, 1, 0, 0, 1]]) > 0
ranked = torch.arange(7, 0, -1, dtype=torch.float64)[None]
six = torch.tensor([6])

# %%
# ## Four numbers for one list

for rule in RULES:
    value = float(average_precision(ranked, hits, six, rule=rule))
    record(f"votenet/precision-{rule}", value, exact=True)

# %%
# ## Do the rules agree on longer lists?
#
# Random lists of twice as many detections as objects. The better a detection is ranked,
# the more likely it finds an object.

rng = torch.Generator().manual_seed(0)
counts, lists = [6, 20, 60, 200, 600], 400
gaps = {rule: [] for rule in RULES[1:]}
for count in counts:
    rank = torch.arange(2 * count, dtype=torch.float64).expand(lists, -1)
    found = torch.rand(rank.shape, generator=rng) < 0.9 - 0.4 * rank / count
    found &= found.cumsum(1) <= count
    objects = torch.full((lists,), count)
    area = average_precision(-rank, found, objects)
    for rule, each in gaps.items():
        each.append((average_precision(-rank, found, objects, rule=rule) - area).abs())

for rule, each in gaps.items():
    for word, gap in (("few", each[0]), ("many", each[-1])):
        name = f"votenet/gap-{rule}-{word}"
        record(name, float(gap.mean()), error=float(gap.std()) / lists**0.5)

# %%
# First: precision against recall after each detection, its envelope, and where eleven
# levels read it. Second: the mean distance of the other rules from the area below the
# envelope, by the number of objects.

fig, axes = plt.subplots(1, 2, figsize=(7, 2.9), layout="constrained")
found = hits[0].cumsum(0)
recall, precision = found / 6, found / torch.arange(1, 8)
envelope = precision.flip(0).cummax(0).values.flip(0)
levels = torch.arange(11) / 10
at = torch.searchsorted(found, (torch.arange(11) * 6 + 9) // 10)
read = torch.cat([envelope.where(hits[0], 0).flip(0).cummax(0).values.flip(0), six * 0])
axes[0].plot(recall, precision, "C0o-", ms=4, label="after each detection")
steps = [0, *recall[hits[0]].tolist(), recall[-1], 1]
tops = envelope[hits[0]].tolist()
axes[0].step(steps, [tops[0], *tops, 0, 0], "C1", where="pre", label="envelope")
axes[0].plot(levels, read[at], "C2s", ms=5, mfc="none", label="eleven levels")
axes[0].set(xlabel="recall", ylabel="precision", ylim=(-0.05, 1.25))
axes[0].legend(loc="upper right", fontsize="small")
for rule, each in gaps.items():
    axes[1].loglog(counts, [gap.mean() for gap in each], "o-", ms=4, label=rule)
axes[1].set(xlabel="objects", ylabel="gap from all-point")
axes[1].legend(fontsize="small")
fig.set_label(
    "A jagged curve below a falling staircase; "
    "then a line that rises, one that stays low, and one that falls."
)
plt.show()
