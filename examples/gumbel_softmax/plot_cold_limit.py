r"""
# Straight-through keeps a bias at temperature zero

Cold relaxed gradients tend to the exact one; straight-through to a trapezoid rule.

[Eq. (straight-through-limit)](../../notes/gumbel_softmax.md) uses the mean of the
slopes of $f$ at 0 and 1 in the place of $f(1) - f(0)$. For a square both are 1, and
nothing is to be seen. For a cube they are 1.5 and 1.
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.gumbel_softmax.binary import sample_logistic, straight_through_limit
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, straight_through
from dlnotes.ledger import record

generator = torch.Generator().manual_seed(0)
draws = 400_000
logit = torch.tensor(0.4, dtype=torch.float64)
rows = torch.stack([logit, 0 * logit]).expand(draws, -1).clone().requires_grad_()
first = sample_logistic(rows[:, :1], generator=generator)
noise = torch.cat([first, torch.zeros_like(first)], dim=-1)  # only differences count
temperatures = [1.0, 0.5, 0.2, 0.1, 0.05, 0.02]

# %%
# ## Two gradients of a cube
#
# The exact derivative is $p (1 - p)$, because on 0 and 1 a cube is the identity.

results = {"relaxed": [], "straight-through": []}
for t in temperatures:
    relaxed = gumbel_softmax(rows, t, noise=noise)
    for name, sample in zip(results, (relaxed, straight_through(relaxed)), strict=True):
        total = (sample[:, 0] ** 3).sum()
        gradient = torch.autograd.grad(total, rows, retain_graph=True)[0][:, 0]
        results[name].append((gradient.mean().item(), gradient.std() / draws**0.5))

# %%
# ## See two limits
#
# Bars are three standard errors, dotted lines the limits. Cooling brings the relaxed
# gradient to the exact value, and straight-through to a larger one.

p = logit.sigmoid()
limits = {
    "relaxed": p * (1 - p),
    "straight-through": straight_through_limit(lambda z: z**3, logit),
}
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for i, (name, pairs) in enumerate(results.items()):
    mean, error = zip(*pairs, strict=True)
    bars = [3 * e for e in error]
    ax.errorbar(temperatures, mean, bars, fmt="o-", color=f"C{i}", label=name)
    ax.axhline(limits[name], color=f"C{i}", linestyle=":")
ax.set(title="Mean gradient of a cube", xlabel="temperature", ylabel="by the logit")
ax.set_xscale("log")
ax.set_ylim(bottom=0)
ax.legend()
fig.set_label(
    "Mean gradients against temperature: towards 0 the relaxed one tends to the exact "
    f"value, straight-through to {limits['straight-through'] / limits['relaxed']:.3g} "
    "times that value."
)
plt.show()

record("gumbel_softmax/cube-exact", limits["relaxed"], exact=True)
record("gumbel_softmax/cube-limit", limits["straight-through"], exact=True)
for name, key in (("cube-soft", "relaxed"), ("cube-straight-through",) * 2):
    key = key.removeprefix("cube-")
    mean, error = results[key][-1]
    record(f"gumbel_softmax/{name}", mean, error=error)
