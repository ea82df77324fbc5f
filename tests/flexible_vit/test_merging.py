"""Checks of dlnotes.flexible_vit.merging."""

import pytest
import torch
from torch.nn import functional as F

from dlnotes.blocks.attention import attend
from dlnotes.flexible_vit.merging import merge_tokens, proportional_bias


def brute_force(tokens, keys, sizes, count, protected):
    """One image, by loops: the best partner of each even token, the best pairs."""
    rest = range(protected, len(tokens))
    even, odd = list(rest[::2]), list(rest[1::2])
    pairs = []
    for i in even:
        likeness = [F.cosine_similarity(keys[i], keys[j], 0).item() for j in odd]
        best = max(range(len(odd)), key=likeness.__getitem__)
        pairs.append((likeness[best], i, odd[best]))
    gone = {i: j for _, i, j in sorted(pairs, key=lambda p: -p[0])[:count]}
    groups = [[i] for i in (*range(protected), *even) if i not in gone]
    groups += [[j, *(i for i in gone if gone[i] == j)] for j in odd]
    mass = torch.stack([sizes[group].sum() for group in groups])
    means = [sizes[group] @ tokens[group] / sizes[group].sum() for group in groups]
    return torch.stack(means), mass


@pytest.mark.parametrize(("length", "protected"), [(8, 0), (9, 1), (7, 0), (12, 2)])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_it_merges_the_pairs_that_loops_find(length, protected, count, rng):
    """Eq. (merge), with sizes and protected tokens."""
    tokens, keys = torch.randn(2, 3, length, 5, dtype=torch.float64, generator=rng())
    sizes = torch.randint(1, 4, (3, length), generator=rng()).double()
    found = merge_tokens(tokens, keys, sizes, count, protected=protected)
    for row in range(3):
        one = brute_force(tokens[row], keys[row], sizes[row], count, protected)
        for got, wanted in zip(found, one, strict=True):
            torch.testing.assert_close(got[row], wanted)


def test_nothing_is_lost(rng):
    """Eq. (merge): sizes, and tokens weighted by them, keep their sums."""
    tokens = torch.randn(2, 10, 4, dtype=torch.float64, generator=rng())
    sizes = torch.ones(2, 10, dtype=torch.float64)
    merged, mass = merge_tokens(tokens, tokens, sizes, 4)
    assert torch.equal(mass.sum(1), sizes.sum(1))
    torch.testing.assert_close((merged * mass[..., None]).sum(1), tokens.sum(1))


def test_attention_to_merged_copies_is_attention_to_the_copies(rng):
    """Eq. (proportional): equal keys and values, counted by their number."""
    key, value = torch.randn(2, 3, 4, dtype=torch.float64, generator=rng())
    query = torch.randn(5, 4, dtype=torch.float64, generator=rng(1))
    sizes = torch.tensor([2, 1, 3])
    copies = attend(
        query, key.repeat_interleave(sizes, 0), value.repeat_interleave(sizes, 0)
    )
    bias = proportional_bias(sizes.double())
    torch.testing.assert_close(attend(query, key, value, bias=bias), copies)
    assert (attend(query, key, value) - copies).abs().max() > 0.01


@pytest.mark.parametrize(("length", "protected"), [(0, 0), (1, 0), (1, 1), (3, 2)])
def test_too_few_tokens_to_pair_stay(length, protected, rng):
    """Eq. (merge), with nobody to look at or for."""
    tokens, sizes = torch.randn(2, length, 3, generator=rng()), torch.ones(2, length)
    found, mass = merge_tokens(tokens, tokens, sizes, 0, protected=protected)
    assert torch.equal(found, tokens)
    assert torch.equal(mass, sizes)
    with pytest.raises(ValueError, match="count"):
        merge_tokens(tokens, tokens, sizes, 1, protected=protected)


def test_what_is_not_merged_stays_as_it_is_to_the_bit(rng):
    """Eq. (merge), whatever the sizes."""
    tokens, keys = torch.randn(2, 3, 11, 5, generator=rng())
    sizes = torch.randint(1, 50, (3, 11), generator=rng()).float()
    found, _ = merge_tokens(tokens, keys, sizes, 2, protected=1)
    assert torch.equal(found[:, 0], tokens[:, 0])
    same = (found[:, :, None] == tokens[:, None]).all(-1).any(-1)
    assert (same.sum(1) >= 7).all()  # of 9, at most 2 took others in
    every = torch.cat([sizes[:, :1], sizes[:, 1::2], sizes[:, 2::2]], 1)
    assert torch.equal(merge_tokens(tokens, keys, sizes, 0, protected=1)[1], every)


def test_sizes_above_256_count_beside_tokens_of_half_precision():
    """Eq. (merge): bfloat16 has no 257."""
    tokens, sizes = torch.ones(1, 2, 3).bfloat16(), torch.tensor([[256.0, 1.0]])
    found, mass = merge_tokens(tokens, tokens, sizes, 1)
    assert found.dtype == torch.bfloat16
    assert torch.equal(mass, torch.tensor([[257.0]]))
    with pytest.raises(TypeError, match="sizes must be float32 or float64"):
        merge_tokens(tokens, tokens, sizes.bfloat16(), 1)
