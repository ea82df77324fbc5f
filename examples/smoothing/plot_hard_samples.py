r"""
# Smooth accuracy gives up on what it has got wrong

Its gradient is the cross-entropy's times the probability of the true class.

So an example with $p_t = 0.01$ pulls a hundred times less. Cross-entropy has the
opposite fault: it can fall while the accuracy falls.
"""

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import cross_entropy

from dlnotes.ledger import record
from dlnotes.smoothing.accuracy import accuracy_gradient, power_loss, smooth_accuracy

true = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)
logits = torch.stack([true, 1 - true], -1).log()
labels = torch.zeros(999, dtype=torch.int64)

# %%
# ## The pull on the true logit
#
# Look left of the dashed line, where the wrong decisions are. The powers are those of
# [Eq. (power-loss)](../../notes/smoothing.md); power 1 is the smooth accuracy.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for label, power in (("cross-entropy", 1e-9), ("power 1/2", 0.5), ("accuracy", 1.0)):
    leaf = logits.clone().requires_grad_()
    loss = power_loss(leaf, labels, power) * len(leaf)
    ax.plot(true, -torch.autograd.grad(loss, leaf)[0][:, 0], label=label)
ax.axvline(0.5, color="0.5", linestyle="--")
ax.set(title="How hard an example pulls", xlabel="probability of the true class")
ax.set_ylabel("minus gradient")
ax.legend()
fig.set_label(
    "Pull against probability of the true class: cross-entropy falls from 1 to 0, "
    "accuracy rises from 0 to a quarter at one half and falls again."
)
plt.show()

# %%
# ## Numbers
#
# At $p_t = 0.01$ the pulls should be $0.01 \cdot 0.99$ and $0.99$. Then three examples,
# twice: the second model has the better cross-entropy and the worse accuracy.

row = torch.tensor([[0.01, 0.99]], dtype=torch.float64).log()
pull = accuracy_gradient(row, labels[:1])[0, 0]
record("smoothing/accuracy-pull", pull, exact=True)
leaf = row.clone().requires_grad_()
entropy = cross_entropy(leaf, labels[:1])
pull = -torch.autograd.grad(entropy, leaf)[0][0, 0]
record("smoothing/cross-entropy-pull", pull, exact=True)
for name, p in (("even", [0.51, 0.51, 0.51]), ("uneven", [0.49, 0.99, 0.99])):
    p = torch.tensor(p, dtype=torch.float64)
    model = torch.stack([p, 1 - p], -1)
    right = (model.argmax(-1) == 0).double().mean()
    loss = cross_entropy(model.log(), labels[:3])
    record(f"smoothing/cross-entropy-{name}", loss, exact=True, unit="nats")
    record(f"smoothing/accuracy-{name}", right, exact=True)
    print("smooth accuracy:", smooth_accuracy(model, labels[:3]).item())
