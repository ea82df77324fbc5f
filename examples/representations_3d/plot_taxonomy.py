r"""
# What a network is given decides what it can lose

Six networks learn the same solids, and meet what they never saw.
"""

from time import process_time

import matplotlib.pyplot as plt
import torch
from torch.autograd.graph import saved_tensors_hooks

from dlnotes.blocks.supervised import find_classes, learn_classes, take_rows
from dlnotes.ledger import record
from dlnotes.representations_3d.costs import counted_macs
from dlnotes.representations_3d.families import FAMILIES, small_network
from dlnotes.representations_3d.objects import draw_upright, spoil

accuracy, seconds, costs, seeds = {}, {}, {}, 3

# %%
# ## Learn upright solids, then meet others
#
# Each network sees 300 times 32 of 1,200 solids of 128 points, and is asked about 400
# others. Solids and networks are new in each of three seeds.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    learn, test = (draw_upright(each, 128, generator=rng) for each in (150, 50))
    cases = spoil(test, generator=rng)
    for name in FAMILIES:
        network, prepare = small_network(name, 8)
        given = prepare(learn.points)
        learn_classes(network, given, learn.labels, steps=300, generator=rng)
        for case, points in cases.items():
            start, key = process_time(), (name, case)
            found = find_classes(network, prepare(points), len(points))
            took = 1000 * (process_time() - start) / len(points)
            seconds.setdefault(key, []).append(took)
            right = (found == test.labels).double().mean()
            accuracy.setdefault(key, []).append(right)
        held, batch = {}, take_rows(given, torch.arange(32))
        with saved_tensors_hooks(
            lambda x, held=held: held.update({x.data_ptr(): x.nbytes}) or x, lambda x: x
        ):
            network.train()(*batch)
        weights = {p.data_ptr(): p.numel() for p in network.parameters()}
        kept = sum(size for place, size in held.items() if place not in weights)
        macs = counted_macs(network, *prepare(learn.points[:1]))
        costs[name] = sum(weights.values()), macs, kept / 32

# %%
# ## What each case leaves, and what each network costs

for (name, case), found in accuracy.items():
    words, x = f"representations_3d/{name}-{case}", torch.tensor(found)
    record(words, x.mean(), error=x.std() / seeds**0.5)
for name, (weights, macs, kept) in costs.items():
    words, x = f"representations_3d/{name}", torch.tensor(seconds[name, "upright"])
    record(f"{words}-weights", weights, exact=True)
    record(f"{words}-macs", macs / 1e6, exact=True, unit="million")
    record(f"{words}-kilobytes", kept / 1e3, exact=True, unit="kB")
    record(f"{words}-milliseconds", x.mean(), error=x.std() / seeds**0.5, unit="ms")

# %%
# Each row is one case; each point one network. Dotted: one of eight by chance.

size = {"figsize": (7.4, 2.8), "layout": "constrained", "sharey": True}
fig, axes = plt.subplots(1, len(FAMILIES), **size)
for ax, name in zip(axes, FAMILIES, strict=True):
    x = torch.tensor([accuracy[name, case] for case in cases])
    ax.plot(x, range(len(cases)), "C0.")
    ax.plot(x.mean(1), range(len(cases)), "C3|", ms=12)
    ax.axvline(1 / 8, color="0.5", linestyle=":")
    ax.set(title=name, xlim=(0, 1), yticks=range(len(cases)), yticklabels=cases)
axes[0].invert_yaxis()
fig.supxlabel("accuracy")
fig.set_label("Accuracies in seven cases, a panel for each of six networks.")
plt.show()
