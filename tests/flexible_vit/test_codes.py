"""Checks of dlnotes.flexible_vit.codes."""

import pytest
import torch

from dlnotes.flexible_vit.codes import (
    GridCodes,
    GridViT,
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


def test_tokens_of_any_grid_get_their_codes(rng):
    """Eq. (factorized) and Eq. (fractional): the same tables, read in two ways."""
    codes, parts = GridCodes(5, 3), GridCodes(5, 3, fractional=True)
    for table in (codes.rows, codes.columns):
        torch.nn.init.normal_(table, generator=rng(len(table)))
    parts.load_state_dict(codes.state_dict())
    tokens = torch.randn(2, 6, 3, generator=rng())
    added = codes(tokens, (2, 3)) - tokens
    torch.testing.assert_close(added[1, 4], codes.rows[1] + codes.columns[1])
    wanted = parts.rows[4] + parts.columns[2]  # the last row, the middle column
    torch.testing.assert_close(parts(tokens, (2, 3))[0, 4] - tokens[0, 4], wanted)
    wide = torch.randn(1, 18, 3, generator=rng())
    assert parts(wide, (2, 9)).shape == wide.shape
    with pytest.raises(ValueError, match="grid"):
        codes(wide, (2, 9))


def test_a_network_on_any_grid_sees_places_by_its_codes_alone(rng):
    """Eq. (factorized): without codes it does not see the order."""
    codes = GridCodes(4, 8)
    model = GridViT(5, codes, dim=8, depth=1, heads=2, classes=3)
    patches = torch.randn(2, 12, 5, generator=rng())
    order = torch.randperm(12, generator=rng(1))
    plain = model(patches, (3, 4))
    torch.testing.assert_close(model(patches[:, order], (4, 3)), plain)
    for table in (codes.rows, codes.columns):
        torch.nn.init.normal_(table, generator=rng(len(table)))
    moved = model(patches[:, order], (3, 4)) - model(patches, (3, 4))
    assert moved.abs().max() > 1e-3
    model(patches, (3, 4)).square().sum().backward()
    for name, parameter in model.named_parameters():
        if name != "encoder.layers.0.attention.key.bias":  # softmax does not see it
            assert parameter.grad.any(), name
