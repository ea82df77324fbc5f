"""No closed surface has edges between neighbors of a plane grid alone."""

from itertools import combinations, product

import pytest
import torch

Triangle = tuple[int, ...]


def triangles(side: int) -> list[list[Triangle]]:
    """For each block of two by two nodes, its four triangles of grid neighbors."""
    found = []
    for row, column in product(range(side - 1), repeat=2):
        first = row * side + column
        block = (first, first + 1, first + side, first + side + 1)
        found.append(list(combinations(block, 3)))
    return found


def edges_of(chosen: list[Triangle]) -> torch.Tensor:
    """Which edges each triangle has, `(triangles, edges)`."""
    edges = sorted({pair for three in chosen for pair in combinations(three, 2)})
    has = torch.zeros(len(chosen), len(edges), dtype=torch.int64)
    for row, three in enumerate(chosen):
        for pair in combinations(three, 2):
            has[row, edges.index(pair)] = 1
    return has


def rank_mod_2(matrix: torch.Tensor) -> int:
    """Gaussian elimination of rows that are bits of a number."""
    pivots: dict[int, int] = {}
    for bits in matrix.tolist():
        row = int("".join(map(str, bits)), 2)
        while row and row.bit_length() in pivots:
            row ^= pivots[row.bit_length()]
        if row:
            pivots[row.bit_length()] = row
    return len(pivots)


def test_triangles_are_all_triples_of_mutual_grid_neighbors():
    side = 4
    places = list(product(range(side), repeat=2))
    near = {
        three
        for three in combinations(range(side**2), 3)
        if all(
            max(abs(a - b) for a, b in zip(places[i], places[j], strict=True)) == 1
            for i, j in combinations(three, 2)
        )
    }
    assert near == {three for block in triangles(side) for three in block}


def test_every_closed_surface_of_nine_nodes_is_made_of_whole_blocks():
    """Of all 65,536 choices of triangles, those with two or none at each edge."""
    blocks = triangles(3)
    has = edges_of([three for block in blocks for three in block])
    chosen = torch.cartesian_prod(*[torch.arange(2)] * len(has))
    closed = chosen[((chosen @ has) % 2 == 0).all(1) & (chosen @ has <= 2).all(1)]
    taken = closed.view(len(closed), len(blocks), 4).sum(-1)
    assert set(taken.flatten().tolist()) == {0, 4}
    # Nothing, one block, or two blocks that share no side.
    assert sorted(taken.sum(1).tolist()) == [0, 4, 4, 4, 4, 8, 8]


@pytest.mark.parametrize("side", [2, 3, 5, 8])
def test_no_closed_surface_of_grid_neighbors_has_more_than_four_nodes(side):
    """Mod 2, closed sets of triangles have as many dimensions as there are blocks."""
    blocks = triangles(side)
    has = edges_of([three for block in blocks for three in block])
    assert len(has) - rank_mod_2(has) == len(blocks)
    for number in range(len(blocks)):
        assert (has[4 * number : 4 * number + 4].sum(0) % 2 == 0).all()
