"""Reading from left to right, as GPT does, and what that leaks: nothing."""

from collections.abc import Callable

import torch
from torch import Tensor

from dlnotes.bert.pretraining import label_loss
from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_floating,
    check_tensor,
)
from dlnotes.blocks.precision import half_to_single


def causal_mask(length: int, *, like: Tensor | None = None) -> Tensor:
    """Let each token see itself and what came before, Eq. (causal-mask).

    Args:
        length: Tokens of a text, `N`.
        like: A tensor on whose device the mask is wanted.

    Returns:
        Truth values, shape `(1, N, N)`: the same for every text of a batch. Row `t`
        tells which tokens `t` sees.

    Examples:
        >>> causal_mask(3).int()
        tensor([[[1, 0, 0],
                 [1, 1, 0],
                 [1, 1, 1]]], dtype=torch.int32)
    """
    check_count("length", length)
    if like is not None:
        check_tensor("like", like)
    places = torch.arange(length, device=None if like is None else like.device)
    return (places[:, None] >= places)[None]


@half_to_single
def next_token_loss(logits: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Add up the surprise at each next token, Eq. (left-to-right).

    Args:
        logits: Scores of the vocabulary at each place, `(..., N, V)`.
        tokens: What was read, integers `(..., N)`; -100 is not counted as a target.

    Returns:
        The sum, and the count of targets: `N - 1` for each whole text.
    """
    check_floating("logits", logits)
    check_tensor("tokens", tokens)
    if tokens.shape != logits.shape[:-1] or not tokens.ndim or tokens.shape[-1] < 2:
        given, wanted = tuple(tokens.shape), tuple(logits.shape[:-1])
        raise ValueError(f"tokens must be {wanted} with N of 2 or more, got {given}")
    return label_loss(logits[..., :-1, :], tokens[..., 1:])


def influence(network: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Measure how much each input can change each output, Eq. (influence).

    Args:
        network: Maps `(1, N, D)` to `(1, N, E)`.
        x: Inputs, shape `(N, D)`.

    Returns:
        Largest absolute derivative of output `t` by input `s`, shape `(N, N)`; of a
        network that reads from left to right it is exactly 0 where `s > t`.
    """
    check_finite("x", x)
    if x.ndim != 2:
        raise ValueError(f"x must be (N, D), got shape {tuple(x.shape)}")
    start = x.detach().clone().requires_grad_()
    rows = [
        [
            torch.autograd.grad(y, start, retain_graph=True)[0].abs().amax(-1)
            for y in out
        ]
        for out in network(start[None])[0]
    ]
    return torch.stack([torch.stack(slopes).amax(0) for slopes in rows])
