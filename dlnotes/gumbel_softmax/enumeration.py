"""The exact expectation over discrete latent variables, term by term."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.gumbel_softmax.checks import check_logits

MOST_TERMS = 2**20  # a sum of more terms is refused, not attempted


def all_codes(latents: int, categories: int) -> Tensor:
    """List every joint value of independent categorical variables.

    Args:
        latents: Number of variables `M`, 1 or more.
        categories: Number of categories `K` of each, 1 or more.

    Returns:
        Category indices, int64, shape `(K ** M, M)`, the last variable fastest.

    Raises:
        ValueError: If a number is below 1, or there are too many values to list.
    """
    if latents < 1 or categories < 1:
        raise ValueError(
            f"latents and categories must be 1 or more, got {latents} and {categories}"
        )
    if categories**latents > MOST_TERMS:
        raise ValueError(
            f"{categories} ** {latents} values are too many to list, the most is "
            f"{MOST_TERMS}: sample instead"
        )
    return torch.cartesian_prod(*[torch.arange(categories)] * latents).reshape(
        -1, latents
    )


def exact_expectation(f: Callable[[Tensor], Tensor], logits: Tensor) -> Tensor:
    """Expectation over independent one-hot variables, Eq. (enumeration).

    Args:
        f: Maps one-hot codes, shape `(S, M, K)`, to values, shape `(S,)`.
        logits: Unnormalised log-probabilities, shape `(M, K)`.

    Returns:
        The exact mean of `f`, a scalar that is differentiable in the logits.

    Raises:
        TypeError: If the logits are not floating-point.
        ValueError: If the logits define no distributions, have another shape, or have
            too many joint values to list.
    """
    check_logits(logits)
    if logits.dim() != 2:
        raise ValueError(f"logits must have shape (M, K), got {tuple(logits.shape)}")
    latents, categories = logits.shape
    codes = all_codes(latents, categories).to(logits.device)  # (S, M)
    log_probs = logits.log_softmax(-1)[torch.arange(latents), codes].sum(-1)
    values = f(F.one_hot(codes, categories).to(logits.dtype))
    return log_probs.exp() @ values
