"""Checks of dlnotes.blocks.neighbors."""

from functools import partial

import pytest
import torch

from dlnotes.blocks import neighbors
from dlnotes.blocks.grouping import gather_points, offsets
from dlnotes.blocks.neighbors import first_within, nearest_points, points_within

FINDERS = {
    "nearest": lambda *clouds, k, mask=None: nearest_points(*clouds, k, mask=mask),
    "within": lambda *clouds, k, mask=None: points_within(*clouds, 0.7, k, mask=mask),
    "first": lambda *clouds, k, mask=None: first_within(*clouds, 0.7, k, mask=mask),
}
any_finder = pytest.mark.parametrize("finder", FINDERS)


@pytest.fixture(params=["tree", "table"])
def way(request, monkeypatch):
    """Both ways: the tree, and the table of all distances in small pieces."""
    monkeypatch.setattr(neighbors, "PAIRS", 0)
    if request.param == "table":
        monkeypatch.setattr(neighbors, "known_values", lambda tensor: None)
        monkeypatch.setattr(neighbors, "ENTRIES", 100)
    return request.param


def clouds(rng, coordinates=3, points=20, queries=9):
    make = {"dtype": torch.float64}
    return (
        torch.randn(2, points, coordinates, **make, generator=rng()),
        torch.randn(2, queries, coordinates, **make, generator=rng(1)),
    )


def by_hand(rule, cloud, query, k, real):
    """Numbers of the points that a rule takes for one query, and what fills up."""
    squares = ((cloud - query) ** 2).sum(-1).tolist()
    numbers = [i for i in range(len(cloud)) if real[i]]
    by_distance = sorted(numbers, key=lambda i: squares[i])
    inside = [i for i in by_distance if squares[i] <= 0.7**2]
    found, filling = {
        "nearest": (by_distance, by_distance[:1]),
        "within": (inside, by_distance[:1]),
        "first": (sorted(inside), sorted(inside)[:1]),
    }[rule]
    return found[:k], (filling or [0])[0]


@any_finder
@pytest.mark.parametrize("k", [1, 5, 25])
@pytest.mark.parametrize("masked", [False, True])
def test_each_query_is_answered_as_by_hand(finder, k, masked, way, rng):
    """Two clouds, of 20 and of 20, 13 or no real points; 25 is more than there are."""
    points, queries = clouds(rng)
    for count in (13, 0) if masked else (20,):
        mask = torch.arange(20).flip(0) < torch.tensor([[20], [count]])
        given = mask if masked else None
        index, real = FINDERS[finder](points, queries, k=k, mask=given)
        assert index.shape == real.shape == (2, 9, k)
        for b in range(2):
            for m in range(9):
                found, filling = by_hand(finder, points[b], queries[b, m], k, mask[b])
                rest = k - len(found)
                assert index[b, m].tolist() == found + rest * [filling]
                assert real[b, m].tolist() == len(found) * [True] + rest * [False]


@pytest.mark.parametrize("coordinates", [1, 2, 8])
def test_tree_and_table_agree(coordinates, monkeypatch, rng):
    points, queries = clouds(rng, coordinates, 300, 200)
    tree = [nearest_points(points, other, 16) for other in (queries, points)]
    monkeypatch.setattr(neighbors, "known_values", lambda tensor: None)
    table = [nearest_points(points, other, 16) for other in (queries, points)]
    for one, other in zip(tree, table, strict=True):
        assert torch.equal(one.indices, other.indices)


@pytest.mark.parametrize(
    ("coordinates", "queries", "asked"),
    [(8, 129, True), (9, 129, False), (8, 128, False)],
)
def test_a_tree_is_asked_for_many_pairs_of_up_to_eight_coordinates(
    coordinates, queries, asked, monkeypatch, rng
):
    calls, ask = [], neighbors._ask_tree
    monkeypatch.setattr(
        neighbors, "_ask_tree", lambda *args: calls.append(args) or ask(*args)
    )
    clouds_of_64 = clouds(rng, coordinates, 64, queries)
    nearest_points(*clouds_of_64, 3)
    assert bool(calls) == asked


@pytest.mark.parametrize("in_dims", [(0, None), (None, 0), (0, 0)])
@pytest.mark.parametrize("entries", [100, 2**20])
def test_pieces_are_put_together_under_vmap(in_dims, entries, monkeypatch, rng):
    monkeypatch.setattr(neighbors, "ENTRIES", entries)
    points, queries = clouds(rng)
    stacked = [
        torch.stack([x, x.flip(0)]) if dim == 0 else x
        for x, dim in zip((points, queries), in_dims, strict=True)
    ]
    call = partial(nearest_points, k=4)
    found = torch.func.vmap(call, in_dims=in_dims)(*stacked).indices
    for i in range(2):
        pair = zip(stacked, in_dims, strict=True)
        expected = call(*(x[i] if dim == 0 else x for x, dim in pair)).indices
        assert torch.equal(found[i], expected)


def test_among_ties_each_way_takes_points_at_the_right_distances(way):
    """A grid, where most queries have several neighbors equally far away."""
    axis = torch.arange(4.0)
    grid = torch.cartesian_prod(axis, axis, axis)[None]
    index, _ = nearest_points(grid, grid, 7)
    found = offsets(grid, grid, index).square().sum(-1)
    every = (grid[:, :, None] - grid[:, None]).square().sum(-1)
    assert torch.equal(found, every.sort(-1).values[..., :7])
    assert all(len(set(row)) == 7 for row in index[0].tolist())


def test_duplicates_are_points_of_their_own(way):
    points = torch.ones(1, 6, 3)
    index, real = nearest_points(points, points[:, :2], 6)
    assert real.all()
    assert [sorted(row) for row in index[0].tolist()] == 2 * [list(range(6))]


@any_finder
def test_what_is_no_point_changes_nothing(finder, way, rng):
    """Padding may lie anywhere, even on the queries."""
    points, queries = clouds(rng)
    padded = torch.cat([points, queries], 1)
    mask = (torch.arange(29) < 20).expand(2, -1)
    plain = FINDERS[finder](points, queries, k=25)
    for one, other in zip(
        FINDERS[finder](padded, queries, k=25, mask=mask), plain, strict=True
    ):
        assert torch.equal(one, other)


@any_finder
def test_only_the_published_rule_depends_on_the_order_of_points(finder, way, rng):
    points, queries = clouds(rng)
    order = torch.randperm(20, generator=rng(2)).expand(2, -1)
    mixed = gather_points(points, order)
    plain = FINDERS[finder](points, queries, k=2).indices
    index = FINDERS[finder](mixed, queries, k=2).indices
    same = torch.equal(order.gather(1, index.flatten(1)), plain.flatten(1))
    assert same == (finder != "first")


def test_the_surface_belongs_to_the_ball(way):
    points = torch.tensor([[[0.0], [2.0], [2.5]]])
    for find in (points_within, first_within):
        assert find(points, points[:, :1], 2.0, 3).real.tolist() == [
            [[True, True, False]]
        ]


def test_a_hundred_thousand_points_are_answered(rng):
    """Their table of distances would have 40 GB."""
    points = torch.rand(1, 100_000, 3, generator=rng())
    index, _ = nearest_points(points, points[:, :2000], 2)
    assert torch.equal(index[0, :, 0], torch.arange(2000))


@pytest.mark.parametrize("clouds", [1, 2, 3])
def test_many_queries_on_more_threads_are_answered_the_same(rng, clouds):
    """They share the queries of one cloud, or have one cloud each, points or not."""
    count = neighbors.QUERIES // clouds + 1
    points = torch.rand(clouds, count, 3, generator=rng())
    mask = torch.rand(clouds, count, generator=rng(1)) < 0.7
    mask[clouds // 2 :] &= clouds == 1
    expected = [nearest_points(points, points, 4, mask=m) for m in (None, mask)]
    torch.set_num_threads(2)
    try:
        for wanted, m in zip(expected, (None, mask), strict=True):
            got = nearest_points(points, points, 4, mask=m)
            assert torch.equal(got.indices, wanted.indices)
            assert torch.equal(got.real, wanted.real)
    finally:
        torch.set_num_threads(1)


def test_a_mask_of_another_kind_is_refused(rng):
    points, queries = clouds(rng)
    with pytest.raises(TypeError, match="mask must hold truth values"):
        nearest_points(points, queries, 3, mask=torch.ones(2, 20))
    with pytest.raises(ValueError, match=r"mask must have shape \(2, 20\)"):
        nearest_points(points, queries, 3, mask=torch.ones(2, 19) > 0)


def test_padding_is_behind_points_whose_distance_overflows():
    points, mask = torch.tensor([[[0.0], [1e20]]]), torch.tensor([[False, True]])
    found = nearest_points(points, torch.zeros(1, 1, 1), 1, mask=mask)
    assert found.indices.item() == 1
    assert found.real.all()
