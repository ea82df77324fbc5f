"""The exact expectation over discrete latent variables, term by term."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import check_count, check_floating
from dlnotes.blocks.precision import widen_half
from dlnotes.gumbel_softmax.checks import check_logits

MOST_TERMS = 2**20  # a sum of more terms is refused, not attempted
AT_ONCE = 2**14  # codes that are laid out one-hot at a time


@widen_half
def exact_expectation(f: Callable[[Tensor], Tensor], logits: Tensor) -> Tensor:
    """Expectation over independent one-hot variables, Eq. (enumeration).

    Args:
        f: Maps one-hot codes, shape `(S, M, K)`, to values, shape `(S,)`, each on its
            own. It is called with some of all codes at a time, impossible ones too.
        logits: Unnormalized log-probabilities, shape `(..., M, K)`; minus infinity is
            an impossible category.

    Returns:
        The exact mean of `f` for each set of variables, shape `(...)`, differentiable
        in the logits.

    Raises:
        ValueError: If there are too many joint values to list.

    Examples:
        >>> both = lambda codes: codes[:, 0, 1] * codes[:, 1, 1]
        >>> exact_expectation(both, torch.zeros(2, 2))
        tensor(0.2500)
    """
    check_logits("logits", logits)
    if logits.dim() < 2:
        given = tuple(logits.shape)
        raise ValueError(f"logits must have shape (..., M, K), got {given}")
    probs = logits.softmax(-1)
    codes = all_codes(*logits.shape[-2:]).to(logits.device)  # (K ** M, M)
    joint = probs[..., 0, :]
    for m in range(1, logits.shape[-2]):
        joint = (joint.unsqueeze(-1) * probs[..., m, :].unsqueeze(-2)).flatten(-2)
    values = []
    for some in torch.split(codes, AT_ONCE):
        found = f(F.one_hot(some, logits.shape[-1]).to(logits.dtype))
        check_floating("what f returns", found)
        if found.shape != some.shape[:1]:
            shapes = tuple(some.shape[:1]), tuple(found.shape)
            raise ValueError(f"f must return shape {shapes[0]}, got {shapes[1]}")
        values.append(found)
    return joint @ torch.cat(values)


def all_codes(latents: int, categories: int) -> Tensor:
    """List every joint value of independent categorical variables.

    Args:
        latents: Number of variables `M`, 1 or more.
        categories: Number of categories `K` of each, 1 or more.

    Returns:
        Category indices, int64, shape `(K ** M, M)`, the last variable fastest.

    Raises:
        ValueError: If there are too many values to list.

    Examples:
        >>> all_codes(2, 2).tolist()
        [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    check_count("latents", latents)
    check_count("categories", categories)
    if latents * math.log2(categories) > math.log2(MOST_TERMS):
        raise ValueError(
            f"{categories} ** {latents} values are too many to list, the most is "
            f"{MOST_TERMS}: sample instead"
        )
    values = torch.cartesian_prod(*[torch.arange(categories)] * latents)
    return values.reshape(-1, latents)  # torch drops the axis of a single variable
