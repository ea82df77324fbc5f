r"""
# Biases may start at zero, weights may not

Hidden units that start equal stay equal, and then 32 of them are worth one.

By [Eq. (symmetry)](../../notes/bias.md) equal units get equal gradients, whatever the
data. Different weights break the tie; the biases need not.
"""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from dlnotes.blocks.vae import mlp
from dlnotes.ledger import record
from dlnotes.toy.digits import load_digits

images, labels = load_digits()
starts = {
    "random weights, random biases": lambda p, level: p,
    "random weights, zero biases": lambda p, level: p if p.ndim > 1 else p.fill_(0),
    "equal weights": lambda p, level: p.fill_(level),
    "zero weights": lambda p, level: p.fill_(0),
}

# %%
# ## Train from four starts
#
# Full batches, 150 steps, three runs each, on all 1797 digits. The rank of the hidden
# weights counts how many different units there are. Equal weights differ from run to
# run, and nothing is drawn where all are 0.

accuracy, ranks = torch.zeros(4, 3, 150), torch.zeros(4, 3)
for k, start in enumerate(starts.values()):
    for seed, level in enumerate((0.02, 0.05, 0.1)):
        model = mlp(64, 32, 10, generator=torch.Generator().manual_seed(seed))
        for parameter in model.parameters():
            start(parameter.data, level)
        adam = torch.optim.Adam(model.parameters(), lr=1e-2)
        for step in range(150):
            adam.zero_grad()
            logits = model(images)
            accuracy[k, seed, step] = (logits.argmax(1) == labels).double().mean()
            F.cross_entropy(logits, labels).backward()
            adam.step()
        # Relative: rounding lets equal rows drift apart by parts in a million.
        ranks[k, seed] = torch.linalg.matrix_rank(model[0].weight, rtol=1e-3)

# %%
# ## Compare
#
# Look at the two upper curves: nobody can tell which has zero biases. Zero weights stay
# zero, all but the last bias, and equal weights behave like one hidden unit. Bands span
# three runs.

fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
fig.set_label(
    "Training accuracy against steps from four starts. With random weights it rises to "
    f"{accuracy[0, :, -1].mean():.3f} with random biases and to "
    f"{accuracy[1, :, -1].mean():.3f} with zero ones. From equal weights it stays far "
    "below, and from zero weights at chance."
)
for k, name in enumerate(starts):
    ax.plot(accuracy[k].mean(0), f"C{k}", label=name)
    ax.fill_between(range(150), *accuracy[k].aminmax(dim=0), color=f"C{k}", alpha=0.3)
    key = name.replace(", ", "-").replace(" ", "-")
    last = accuracy[k, :, -1]
    error = (
        {"exact": True} if name == "zero weights" else {"error": last.std() / 3**0.5}
    )
    record(f"bias/start-{key}", last.mean(), **error)
    low, high = ranks[k].aminmax()
    assert low == high, "every run ends with the same rank"
    record(f"bias/rank-{key}", high, exact=True)
ax.set(xlabel="step", ylabel="training accuracy")
ax.legend(loc="center right")
plt.show()
