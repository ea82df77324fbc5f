"""Checks of dlnotes.flexible_vit.sampling."""

from collections import Counter
from itertools import combinations, permutations

import pytest
import scipy.stats
import torch

from dlnotes.flexible_vit.sampling import kept_tokens, sampled_sides


@pytest.mark.parametrize("loc", [-3.0, -0.5, 0.0, 2.0])
def test_sides_follow_the_truncated_normal_law(loc):
    """Eq. (side-law), by the quantiles of scipy; nothing is drawn."""
    noise = torch.linspace(0, 1, 101, dtype=torch.float64)
    law = scipy.stats.truncnorm(-1 - loc, 1 - loc, loc=loc)
    wanted = 64 + (torch.from_numpy(law.ppf(noise.numpy())) + 1) / 2 * 320
    found = sampled_sides(noise, 64, 384, loc=loc)
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=0)
    assert found[[0, -1]].tolist() == pytest.approx([64, 384], rel=1e-12)


def test_a_side_names_what_it_refuses():
    noise = torch.rand(3)
    with pytest.raises(ValueError, match="below high"):
        sampled_sides(noise, 64, 64)
    with pytest.raises(ValueError, match="loc 4"):
        sampled_sides(noise, 64, 128, loc=4)
    with pytest.raises(ValueError, match="noise"):
        sampled_sides(noise + 1, 64, 128)


@pytest.mark.parametrize(("tokens", "rate", "kept"), [(5, 0.5, 3), (4, 0.75, 1)])
def test_every_set_of_tokens_is_kept_equally_often(tokens, rate, kept):
    """Eq. (token-drop), by all orders that noise can have."""
    orders = torch.tensor(list(permutations(range(tokens)))).double()
    counts = Counter(tuple(row) for row in kept_tokens(orders, rate).tolist())
    assert set(counts) == set(combinations(range(tokens), kept))
    assert len(set(counts.values())) == 1


def test_a_rate_of_zero_keeps_every_token_in_its_place(rng):
    """Eq. (token-drop)."""
    noise = torch.rand(2, 7, generator=rng())
    assert torch.equal(kept_tokens(noise, 0.0), torch.arange(7).expand(2, -1))
