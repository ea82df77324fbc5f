"""Fewer tokens from layer to layer, after token merging."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_floating,
    check_positive,
)
from dlnotes.blocks.precision import HALF, widen_half


def merge_tokens(
    tokens: Tensor, keys: Tensor, sizes: Tensor, count: int, *, protected: int = 0
) -> tuple[Tensor, Tensor]:
    """Merge the pairs of tokens whose keys are most alike, Eq. (merge).

    Tokens at even places look for the nearest one at an odd place; the `count` pairs
    that are most alike merge. The others stay as they are, to the bit.

    Args:
        tokens: Shape `(B, N, D)`.
        keys: What is compared, by its cosine, `(B, N, d)`.
        sizes: How many patches each token stands for, `(B, N)`, float32 or float64.
        count: Pairs to merge.
        protected: First tokens that stay as they are, such as the class token.

    Returns:
        Tokens `(B, N - count, D)` and their sizes `(B, N - count)`: the protected ones,
        the even ones that stay, then the odd ones.
    """
    check_finite("tokens", tokens)
    check_finite("keys", keys)
    check_floating("sizes", sizes)
    check_positive("sizes", sizes)
    if sizes.dtype in HALF:  # bfloat16 has no 257
        raise TypeError(f"sizes must be float32 or float64, got {sizes.dtype}")
    if tokens.ndim != 3 or not tokens.shape[:2] == keys.shape[:2] == sizes.shape:
        shapes = [tuple(x.shape) for x in (tokens, keys, sizes)]
        raise ValueError(
            f"tokens, keys, sizes must be of the same tokens, got {shapes}"
        )
    check_count("protected", protected, least=0, most=tokens.shape[1])
    check_count("count", count, least=0, most=(tokens.shape[1] - protected) // 2)
    if tokens.shape[1] - protected < 2:
        return tokens.clone(), sizes.clone()
    dtype = tokens.dtype
    tokens, keys = (x.float() if x.dtype in HALF else x for x in (tokens, keys))
    unit = F.normalize(keys[:, protected:].detach(), dim=-1)
    best, target = (unit[:, ::2] @ unit[:, 1::2].mT).max(-1)
    order = best.argsort(stable=True, dim=-1, descending=True)
    merged, kept = order[:, :count], order[:, count:].sort(-1).values
    mass = torch.cat([tokens, torch.ones_like(tokens[..., :1])], -1)
    mass = mass * sizes.unsqueeze(-1)  # sums over merged tokens, and sizes behind them
    even, odd = mass[:, protected::2], mass[:, protected + 1 :: 2]
    into = target.gather(1, merged)
    odd = odd.scatter_add(1, _wide(into, mass), _rows(even, merged))
    joined = torch.cat([mass[:, :protected], _rows(even, kept), odd], 1)
    alone = tokens[:, :protected], _rows(tokens[:, protected::2], kept)
    same = torch.cat([*alone, tokens[:, protected + 1 :: 2]], 1)
    grown = torch.zeros_like(joined[..., 0], dtype=torch.bool)
    grown = grown.scatter(1, into + joined.shape[1] - odd.shape[1], value=True)
    mean = joined[..., :-1] / joined[..., -1:]
    found = torch.where(grown.unsqueeze(-1), mean, same)
    return found.to(dtype), joined[..., -1]


@widen_half
def proportional_bias(sizes: Tensor) -> Tensor:
    """Let a merged token count as often as the patches in it, Eq. (proportional).

    Args:
        sizes: How many patches each token stands for, `(..., N)`.

    Returns:
        What attention adds to the scores, `(..., 1, N)`, the same for each query.
    """
    check_floating("sizes", sizes)
    check_positive("sizes", sizes)
    if not sizes.ndim:
        raise ValueError(f"sizes must be (..., N), got {sizes}")
    return sizes.log().unsqueeze(-2)


def _rows(x: Tensor, index: Tensor) -> Tensor:
    return x.gather(1, _wide(index, x))


def _wide(index: Tensor, x: Tensor) -> Tensor:
    return index.unsqueeze(-1).expand(-1, -1, x.shape[-1])
