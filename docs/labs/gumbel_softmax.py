# %% [markdown]
# # The proofs of Gumbel-Softmax, carried out by computer algebra
#
# The note [Gumbel-Softmax](../../notes/gumbel_softmax/) proves that noise and a maximum
# sample exactly, and derives the density of the relaxed samples. Here `sympy` does the
# integrals and determinants of the proofs. Each of these steps ends with an `assert`:
# if it were wrong, this page could not have been built. A few numbers come from a grid.
# Three exercises follow, with folded solutions.

# %%
import math

import sympy as sp
import torch

from dlnotes.gumbel_softmax.binary import binary_gradient_variance
from dlnotes.gumbel_softmax.density import relaxed_log_prob
from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.maximum import gumbel_max, max_argmax_cdf
from dlnotes.gumbel_softmax.top_k import plackett_luce_log_prob
from dlnotes.ledger import record

u, t, x = sp.symbols("u t x", positive=True)
tau, S = sp.symbols("tau S", positive=True)

# %% [markdown]
# ## The theorem, with uniform noise
#
# Given the noise $u$ of category 1, the others lose with probability $u^{p_j / p_1}$
# each. The exponents sum to $(1 - p) / p$ with $p = p_1$, and the integral over $u$
# must be $p$.

# %%
odds = sp.symbols("c", positive=True)  # (1 - p) / p, any positive number
p = 1 / (1 + odds)
wins = sp.integrate(u**odds, (u, 0, 1))
assert sp.simplify(wins - p) == 0
three_tenths = wins.subs(odds, sp.Rational(7, 3))  # (1 - p) / p for p = 3 / 10
record("gumbel_softmax/winning-probability", float(three_tenths), exact=True)
wins

# %% [markdown]
# ## What the condition is for
#
# Without "given $u$" the product rule would be wrong. With three equal categories,
# category 1 beats one of the others with probability 1/2, and both with probability

# %%
both = sp.integrate(u * u, (u, 0, 1))
assert both == sp.Rational(1, 3)
assert both != sp.Rational(1, 2) ** 2
record("gumbel_softmax/joint-losing-probability", float(both), exact=True)

# %% [markdown]
# ## The theorem, with unnormalized weights
#
# The density of reaching the height $x$, times the probability that all others stay
# below it, is $w\, e^{-x} \exp(-S e^{-x})$ with the weight $w = e^{a_i}$ and the sum of
# all weights $S$. With $t = e^{-x}$ it becomes the integral of an exponential; the
# upper limit $m$ of $x$ is the lower limit $e^{-m}$ of $t$.

# %%
w, m = sp.symbols("w", positive=True), sp.symbols("m", real=True)
joint = sp.integrate(w * sp.exp(-S * t), (t, sp.exp(-m), sp.oo))
assert sp.simplify(joint - w / S * sp.exp(-S * sp.exp(-m))) == 0
assert sp.limit(joint, m, sp.oo) == w / S
given_winner = sp.simplify(joint / sp.limit(joint, m, sp.oo))
assert not given_winner.has(w)  # the height does not depend on who won
times = given_winner.count(w)
record("gumbel_softmax/winner-in-law-of-height", times, exact=True)
sp.simplify(joint)

# %% [markdown]
# This is [Eq. (max-and-argmax)](../../notes/gumbel_softmax/): a factor for the winner,
# times a factor for the height. The library gives the same number.

# %%
logits = torch.tensor([1.0, 0.2, -0.7], dtype=torch.float64)
numbers = {w: math.exp(1.0), S: logits.exp().sum().item(), m: 0.8}
ours = max_argmax_cdf(torch.tensor(0.8, dtype=torch.float64), logits)[0].item()
assert math.isclose(ours, float(joint.subs(numbers)), rel_tol=1e-12)
ours

# %% [markdown]
# ## The density: marginalize the shift
#
# For $K$ categories the log-ratios $u$ and the common shift $s$ have the joint density
# $\tau^{K-1} \prod_k c_k\, e^{-K s} \exp(-C e^{-s})$ with $c_k = e^{a_k - \tau u_k}$
# and $C = \sum_k c_k$. With $t = e^{-s}$ the integral over the shift is

# %%
C = sp.symbols("C", positive=True)
shift = {k: sp.integrate(t ** (k - 1) * sp.exp(-C * t), (t, 0, sp.oo)) for k in (2, 3)}
assert shift == {2: 1 / C**2, 3: 2 / C**3}
shift

# %% [markdown]
# ## The density: two and three categories
#
# Write both densities down with weights $w_k = e^{a_k}$, first for the log-ratios, then
# on the simplex, where the determinant of the derivatives $\partial u_k / \partial y_j$
# comes on top. Compare with the closed form of [Eq.
# (density)](../../notes/gumbel_softmax/).

# %%
y = sp.symbols("y1:4", positive=True)
weights = sp.symbols("w1:4", positive=True)
density = {}
for k in (2, 3):
    free = y[: k - 1]
    point = [*free, 1 - sum(free)]
    c = [weights[i] * point[i] ** -tau for i in range(k)]  # shifting all u is allowed
    by_ratio = tau ** (k - 1) * sp.prod(c) * shift[k].subs(C, sum(c))
    ratios = sp.Matrix([sp.log(yi / point[-1]) for yi in free])
    determinant = sp.simplify(ratios.jacobian(sp.Matrix(free)).det())
    assert sp.simplify(determinant * sp.prod(point) - 1) == 0
    density[k] = by_ratio / sp.prod(point)
    total = sum(weights[i] * point[i] ** -tau for i in range(k))
    closed = sp.factorial(k - 1) * tau ** (k - 1) * total**-k
    closed *= sp.prod(weights[i] * point[i] ** (-tau - 1) for i in range(k))
    assert sp.simplify(sp.powsimp(density[k] / closed, force=True)) == 1
ratio = sp.simplify(sp.powsimp(density[3] / closed, force=True))
record("gumbel_softmax/density-over-closed-form", float(ratio), exact=True)
density[2]

# %% [markdown]
# The library computes the logarithm of the same density, in another form.

# %%
place = [0.5, 0.2, 0.3]
for k in (2, 3):
    inside = torch.tensor(place[:k], dtype=torch.float64)
    inside[-1] = 1 - inside[:-1].sum()
    numbers = {tau: 0.7, **dict(zip(y, inside.tolist(), strict=False))}
    numbers |= dict(zip(weights, logits.exp().tolist(), strict=True))
    ours = relaxed_log_prob(inside, logits[:k], 0.7).item()
    assert math.isclose(ours, float(sp.log(density[k]).subs(numbers)), rel_tol=1e-9)
    print(f"K = {k}: {ours:.10f}")

# %% [markdown]
# ## The curvature at its two thresholds
#
# The proof that the log-density is convex up to $1 / (K - 1)$ ends in a determinant
# with two categories that matter. The proof that there is no mode below temperature 1
# ends in a polynomial. Both are identities.

# %%
q, rho, K = sp.symbols("q rho K", positive=True)
D1, D2 = 1 - (1 + tau) * (1 - q), 1 - (1 + tau) * q
first = D1 * D2 + tau * ((1 - q) ** 2 * D2 + q**2 * D1)
assert sp.expand(first - (1 - tau) * q * (1 - q)) == 0

top = 1 / (1 + rho)  # the largest entry
second = (K * top - 1) * rho**2 + K * (1 - top) - (K - 1) + 2 / K * (rho - K + 1) ** 2
assert sp.simplify(second - (1 - 2 / K) * (K - 1 - rho) * (1 + rho)) == 0
sp.factor(first), sp.factor(second)

# %% [markdown]
# Above the first threshold the curvature is negative beside a face, where it tends to
# $1 - (K - 1) \tau$. For three categories at $\tau = 0.7$ this is

# %%
beside_face = (1 + tau - K * tau * (1 + tau) + K * tau**2).subs({K: 3, tau: 0.7})
record("gumbel_softmax/curvature-beside-a-face", round(beside_face, 9), exact=True)
beside_face

# %% [markdown]
# ## Slopes of a relaxed coin toss
#
# With $s = \sigma(v)$, mean and mean square of the slope need $\int h = 1$ and
# $\int h^2 = \int_0^1 s (1 - s)\,ds$.

# %%
r = sp.symbols("r", positive=True)
sixth = sp.integrate(r * (1 - r), (r, 0, 1))
assert sixth == sp.Rational(1, 6)
sixth

# %% [markdown]
# The exact variance, a one-dimensional integral, on a fine grid. From temperature 0.1
# to 0.05 it grows by a factor that tends to 2 at lower temperatures.

# %%
grid = torch.linspace(-60, 60, 240_001, dtype=torch.float64)
bump = grid.sigmoid() * (-grid).sigmoid()  # h(v)
spread = {}
for cold in (0.1, 0.05):
    shifted = cold * grid - 0.4
    other = shifted.sigmoid() * (-shifted).sigmoid()  # h(tau v - a), a = 0.4
    square = torch.trapezoid(bump**2 * other, grid) / cold
    spread[cold] = (square - torch.trapezoid(bump * other, grid) ** 2).item()
growth = spread[0.05] / spread[0.1]
record("gumbel_softmax/exact-variance", spread[0.1], exact=True)
record("gumbel_softmax/variance-growth", growth, exact=True)
growth

# %% [markdown]
# ## The constant that the article's program leaves out
#
# Its loss has $\sum p \log p$ for each variable, without $\log K$. With 32 variables of
# 10 categories the reported loss is lower by

# %%
constant = 32 * math.log(10)
record("gumbel_softmax/companion-constant", constant, exact=True, unit="nats")
constant

# %% [markdown]
# ## Which preprint came first
#
# An arXiv number begins with year and month: SeqGAN is 1609.05473, the two papers on
# Gumbel-Softmax are 1611.01144 and 1611.04051. SeqGAN is earlier by so many months.

# %%
seqgan, *softmax = (
    12 * int(number[:2]) + int(number[2:4])
    for number in ("1609.05473", "1611.01144", "1611.04051")
)
record("gumbel_softmax/seqgan-months-earlier", min(softmax) - seqgan, exact=True)
min(softmax) - seqgan

# %% [markdown]
# ## Exercise 1
#
# With the sign of the noise turned round the argmax follows another distribution. Why
# does a test with two categories not notice?
#
# <details><summary>Solution</summary>
#
# With two categories only the difference of the two noises counts. It is logistic, and
# the logistic distribution is symmetric: $g_1 - g_2$ and $g_2 - g_1$ have the same law.
# With three categories each difference alone is still symmetric, but turning the signs
# of all of them together changes their joint law. The next cell counts.
#
# </details>

# %%
generator = torch.Generator().manual_seed(0)
for many in (2, 3):
    chosen = logits[:many]
    noise = sample_gumbel(chosen.expand(200_000, -1), generator=generator)
    share = gumbel_max(chosen, noise=-noise).bincount() / 200_000
    off = (share - chosen.softmax(-1)).abs().max().item()
    error = math.sqrt(0.25 / 200_000)  # of a share, at most
    assert (off < 5 * error) == (many == 2)
    print(f"{many} categories: largest difference {off:.4f}, error {error:.4f}")

# %% [markdown]
# ## Exercise 2
#
# In [Eq. (gradient-variance)](../../notes/gumbel_softmax/) the variance is known up to
# terms of the order of $\tau$. Find the next term, $\beta \tau$, at $a = 0$.
#
# <details><summary>Solution</summary>
#
# The mean square is $\tau^{-1} \int h(v)^2 h(\tau v - a)\,dv$. The quadratic term of
# Taylor's formula adds $\tfrac12 \tau\, h''(a) \int v^2 h(v)^2\,dv$. The square of the
# mean changes only by $O(\tau^2)$. At $a = 0$, $h'' = -1/8$, and
# $\int v^2 h(v)^2\,dv = (\pi^2 - 6) / 18$, so $\beta = -(\pi^2 - 6) / 288$. The next
# cell checks the derivative by algebra, the integral numerically, and the variance at
# two temperatures.
#
# </details>

# %%
v = sp.symbols("v", real=True)
h = sp.diff(1 / (1 + sp.exp(-v)), v)
assert sp.simplify(sp.diff(h, v, 2).subs(v, 0)) == -sp.Rational(1, 8)
integral = torch.trapezoid(grid**2 * bump**2, grid).item()
assert math.isclose(integral, (math.pi**2 - 6) / 18, rel_tol=1e-10)
for cold in (0.02, 0.01):
    other = (cold * grid).sigmoid() * (-cold * grid).sigmoid()  # h(tau v), at a = 0
    first_moment = torch.trapezoid(bump * other, grid)
    second_moment = torch.trapezoid(bump**2 * other, grid) / cold
    exact = (second_moment - first_moment**2).item()
    known = binary_gradient_variance(torch.zeros((), dtype=torch.float64), cold).item()
    print(f"tau {cold}: remainder / tau = {(exact - known) / cold:.5f}")
assert math.isclose((exact - known) / cold, -(math.pi**2 - 6) / 288, rel_tol=0.1)

# %% [markdown]
# ## Exercise 3
#
# Draw two of three categories by Gumbel-top-2. With which probability is category 1
# among them, if the probabilities are $(1/2, 1/4, 1/4)$?
#
# <details><summary>Solution</summary>
#
# It is drawn first with probability $1/2$. Otherwise one of the others is first, with
# $1/4$ each, and then category 1 is drawn from the rest, of total weight $3/4$, with
# probability $2/3$. Together $1/2 + 2 \cdot \tfrac14 \cdot \tfrac23 = 5/6$. The next
# cell adds up the four rankings that contain it.
#
# </details>

# %%
half = torch.tensor([0.5, 0.25, 0.25], dtype=torch.float64).log()
with_first = torch.tensor([[0, 1], [0, 2], [1, 0], [2, 0]])
answer = plackett_luce_log_prob(with_first, half).exp().sum().item()
assert math.isclose(answer, 5 / 6)
answer
