"""Checks of dlnotes.flexible_vit.codes."""

import torch

from dlnotes.flexible_vit.codes import (
    factorized_codes,
    fractional_codes,
    multiplied_codes,
    stacked_codes,
)


def test_a_code_of_two_axes_is_a_sum(rng):
    """Eq. (factorized)."""
    rows, columns = torch.randn(2, 3, 4, generator=rng())
    codes = factorized_codes(rows, columns[:2])
    for u, v in ((0, 1), (2, 0), (2, 1)):
        assert torch.equal(codes[2 * u + v], rows[u] + columns[v])


def test_fractions_of_the_side_reach_from_edge_to_edge():
    """Eq. (fractional): a line stays a line, whatever the number of patches."""
    table = torch.linspace(0, 1, 6, dtype=torch.float64)[:, None]
    for count in (2, 5, 9):
        wanted = torch.linspace(0, 1, count, dtype=torch.float64)[:, None]
        torch.testing.assert_close(fractional_codes(table, count), wanted)


def test_a_stack_is_a_sum_of_codes_beside_zeros(rng):
    """Eq. (stacked): so whatever is linear in it is a sum of a row and a column."""
    rows, columns = torch.randn(2, 4, 3, generator=rng())
    codes = stacked_codes(rows[:2], columns)
    for u, v in ((0, 1), (1, 0), (1, 3)):
        assert codes[4 * u + v].tolist() == [*rows[u].tolist(), *columns[v].tolist()]
    zeros = torch.zeros(4, 3)
    padded = torch.cat([rows, zeros], 1), torch.cat([zeros, columns], 1)
    assert torch.equal(codes, factorized_codes(padded[0][:2], padded[1]))
    assert stacked_codes(rows, columns[:, :1]).shape == (16, 4)


def test_a_product_of_codes_is_an_outer_product_in_each_channel(rng):
    """Eq. (multiplied), and that no sum of a row and a column is the same."""
    rows, columns = torch.randn(2, 3, 4, dtype=torch.float64, generator=rng())
    codes = multiplied_codes(rows, columns).view(3, 3, 4)
    for channel in range(4):
        outer = torch.outer(rows[:, channel], columns[:, channel])
        assert torch.equal(codes[..., channel], outer)
    twice = codes[0, 0] - codes[0, 1] - codes[1, 0] + codes[1, 1]
    assert twice.abs().min() > 1e-3  # of a sum it is 0
