r"""
# Without coordinates of nodes, the map itself tells where they are

Six ways to look at a map, at equal parameters, nodes not told where they lie.

Maps are those of [Eq. (batch-som)](../../notes/so_net.md), the better ordered ones of
[Eq. (kohonen)](../../notes/so_net.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.blocks.supervised import find_classes, learn_classes
from dlnotes.ledger import record
from dlnotes.so_net.map_arms import HEADS, arm_inputs, arm_network
from dlnotes.so_net.node_windows import draw_orders
from dlnotes.so_net.start import ball_nodes
from dlnotes.toy.distortions import draw_rotations, fit_ball, turn_clouds
from dlnotes.toy.shapes import KINDS, draw_objects

kinds, seeds, coordinates = list(KINDS)[:8], 10, 0
start = ball_nodes(generator=torch.Generator().manual_seed(0))

# %%
# Eight kinds of solids, turned around the z axis, new ones for each seed. Maps, groups
# and windows are made once, before the trainings.

accuracy = torch.zeros(7, seeds)
for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    fixed, sets = draw_orders(1, 64, same=True, generator=rng), []
    for each in (24, 32):
        cloud, labels = draw_objects(kinds, each, 192, generator=rng)
        turns = draw_rotations("z", len(labels), generator=rng)
        points = turn_clouds(fit_ball(cloud.points), turns)
        own = draw_orders(len(labels), 64, same=False, generator=rng)
        sets.append((arm_inputs(points, start, fixed, own), labels))
    (learn, wanted), (test, labels) = sets
    for row, arm in enumerate(HEADS):
        model = arm_network(arm, 8, coordinates=coordinates)
        options = {"generator": torch.Generator().manual_seed(seed), "steps": 80}
        learn_classes(model, learn[row], wanted, **options, learning_rate=5e-3)
        found = find_classes(model, test[row], len(labels))
        accuracy[row, seed] = (found == labels).double().mean()
found = dict(zip(HEADS, accuracy, strict=True))
pairs = "grid shared", "grid shuffled", "ordered grid", "near-joined shared"
pairs += "near-largest shared", "shuffled-each shared", "shuffled-each shuffled"
for pair in pairs:
    one, other = pair.split()
    found[f"{one}-over-{other}"] = found[one] - found[other]
for name, each in found.items():
    record(f"so_net/{name}-without", each.mean(), error=each.std() / seeds**0.5)

# %%
# Accuracy on solids that were not learned; each point is a network, lines are means.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.plot(accuracy.T, torch.arange(7).expand(seeds, 7), "C0o", ms=4, alpha=0.6)
ax.plot(accuracy.mean(1), range(7), "C3|", ms=18)
ax.set(xlabel="accuracy", yticks=range(7), yticklabels=HEADS, ylim=(6.5, -0.5))
fig.set_label(
    "Seven rows of accuracies; the grid leads, orders shuffled in each cloud are last."
)
plt.show()
