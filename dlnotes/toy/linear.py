"""Linear classifiers, trained on many splits of a data set at once."""

import math
from collections.abc import Callable

import torch
from einops import rearrange
from torch import Generator, Tensor
from torch.nn.functional import logsigmoid

from dlnotes.blocks.checks import check_count


def random_thirds(
    size: int, splits: int, *, generator: Generator | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Split a data set at random into three parts, many times.

    Args:
        size: Examples `N` in the data set, at least 3.
        splits: How many splits `S` to make.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Row numbers for training, choosing and testing, each of shape `(S, N // 3)`.
    """
    check_count("size", size, least=3)
    check_count("splits", splits)
    order = torch.rand(splits, size, generator=generator).argsort(-1)
    first, second, third = order[:, : size // 3 * 3].chunk(3, dim=-1)
    return first, second, third


def fit_linear(
    weights: Tensor,
    features: Tensor,
    targets: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
    *,
    steps: int = 300,
    learning_rate: float = 0.05,
    decay: float | Tensor = 1e-3,
) -> Tensor:
    """Train linear classifiers with Adam on whole data sets.

    Args:
        weights: Where to start, shape `(S, D + 1)`; the classifiers do not influence
            each other.
        features: Shape `(S, N, D)`.
        targets: 0 or 1, floating-point, shape `(S, N)`.
        loss: Maps logits and targets, each `(S, N)`, to losses `(S,)`.
        steps: Steps over the whole data set.
        learning_rate: Of Adam, positive.
        decay: Factor of half the squared weights, without the constant, in the loss;
            one number, or one for each classifier, shape `(S,)`.

    Returns:
        Trained weights, shape `(S, D + 1)`.
    """
    splits, size, dimensions = features.shape
    if weights.shape != (splits, dimensions + 1) or targets.shape != (splits, size):
        shapes = [tuple(t.shape) for t in (weights, features, targets)]
        raise ValueError(
            f"weights, features, targets must be (S, D + 1), (S, N, D), (S, N), got "
            f"{shapes}"
        )
    check_count("steps", steps, least=0)
    trained = weights.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([trained], lr=learning_rate)
    for _ in range(steps):
        penalty = decay / 2 * (trained[:, :-1] ** 2).sum(-1)
        total = loss(linear_logits(trained, features), targets) + penalty
        (trained.grad,) = torch.autograd.grad(total.sum(), trained)
        optimizer.step()
    return trained.detach()


def linear_logits(weights: Tensor, features: Tensor) -> Tensor:
    """Score examples by a linear function.

    Args:
        weights: One weight for each feature, then a constant, shape `(S, D + 1)` for
            `S` classifiers.
        features: Shape `(S, N, D)`.

    Returns:
        Log-odds of the positive class, shape `(S, N)`.
    """
    slope, constant = weights[:, :-1, None], weights[:, -1:]
    return (features @ slope).squeeze(-1) + constant


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Average the surprise at the targets, for each classifier.

    Args:
        logits: Log-odds of the positive class, shape `(S, N)`.
        targets: 0 or 1, floating-point, shape `(S, N)`.

    Returns:
        Mean cross-entropies in nats, shape `(S,)`.
    """
    surprise = targets * logsigmoid(logits) + (1 - targets) * logsigmoid(-logits)
    return -surprise.mean(-1)


def soft_error(logits: Tensor, targets: Tensor) -> Tensor:
    """Average the probability of the wrong class, for each classifier.

    Args:
        logits: Log-odds of the positive class, shape `(S, N)`.
        targets: 0 or 1, floating-point, shape `(S, N)`.

    Returns:
        One minus the smooth accuracies, shape `(S,)`.
    """
    return torch.sigmoid((1 - 2 * targets) * logits).mean(-1)


def choose(chosen: Tensor, tested: Tensor, splits: int) -> Tensor:
    """Pick the candidate with the best score on one part, and take that on another.

    Args:
        chosen: Scores to choose by, shape `(P * S,)`: `P` candidates, each for all
            of the `S` splits in a row.
        tested: Scores of the same classifiers on other data, shape `(P * S,)`.
        splits: How many splits `S` there are.

    Returns:
        Tested scores of the candidates with the highest chosen scores, shape `(S,)`.
    """
    by_split = "(p s) -> p s"
    best = rearrange(chosen, by_split, s=splits).argmax(0, keepdim=True)
    return rearrange(tested, by_split, s=splits).gather(0, best)[0]


def split_error(scores: Tensor) -> Tensor:
    """Standard error of a mean over random thirds of one data set.

    The splits share examples, so the error of independent draws would be too small.
    The correction adds the size of the tested part over that of the trained one, here
    1, to one over the number of splits (Nadeau and Bengio, Inference for the
    Generalization Error, 2003).

    Args:
        scores: One for each split, shape `(S,)`.

    Returns:
        A tensor with one element.
    """
    return scores.std() * math.sqrt(1 / len(scores) + 1)
