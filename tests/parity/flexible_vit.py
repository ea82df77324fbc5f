"""Checks of dlnotes.flexible_vit against timm and tomesd."""

import pytest
import torch
from einops import rearrange
from timm.layers.patch_embed import resample_patch_embed
from tomesd.merge import bipartite_soft_matching_random2d

from dlnotes.flexible_vit.merging import merge_tokens
from dlnotes.flexible_vit.patch_sizes import resize_kernel


@pytest.mark.parametrize("new", [4, 7, 8, 16, 32])
def test_a_kernel_is_fitted_as_in_timm(rng, new):
    """What timm computes is in float32, and good to 5e-5."""
    weight = torch.randn(6, 3, 8, 8, dtype=torch.float64, generator=rng())
    theirs = resample_patch_embed(
        weight, [new, new], interpolation="bilinear", antialias=False
    )
    ours = resize_kernel(weight, new)
    torch.testing.assert_close(ours, theirs.double(), rtol=0, atol=5e-5)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_tokens_are_merged_as_in_tomesd(rng, count):
    """Its targets are the even tokens, ours the odd ones: neighbors change places."""
    tokens = torch.randn(2, 10, 6, dtype=torch.float64, generator=rng())
    keys = torch.randn(2, 10, 4, dtype=torch.float64, generator=rng(1))
    merge, _ = bipartite_soft_matching_random2d(
        keys, w=10, h=1, sx=2, sy=1, r=count, no_rand=True
    )
    theirs = merge(tokens)

    def swapped(x):
        pairs = rearrange(x, "b (n two) d -> b n two d", two=2).flip(2)
        return rearrange(pairs, "b n two d -> b (n two) d")

    ones = torch.ones(2, 10, dtype=torch.float64)
    ours, sizes = merge_tokens(swapped(tokens), swapped(keys), ones, count)
    assert sizes.sum() == 20
    rest = 5 - count  # in the order of their likeness there, of their places here
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine[rest:], other[rest:], rtol=0, atol=1e-14)
        order = other[:rest, 0].argsort()
        torch.testing.assert_close(
            mine[:rest][mine[:rest, 0].argsort()], other[:rest][order], rtol=0, atol=0
        )
