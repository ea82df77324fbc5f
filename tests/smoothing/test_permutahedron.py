"""Checks of dlnotes.smoothing.permutahedron against docs/notes/smoothing.md."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from dlnotes.smoothing.permutahedron import project, soft_rank, soft_sort, soft_top_k

distinct = st.lists(st.integers(-1000, 1000), min_size=1, max_size=10, unique=True)
repeatable = settings(deadline=None, derandomize=True, max_examples=60)


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def hard_ranks(values):
    return values.argsort(-1, descending=True).argsort(-1).to(values.dtype) + 1


def corners(vertex):
    return torch.stack([vertex[list(p)] for p in itertools.permutations(range(4))])


def test_projection_is_the_closest_mixture_of_corners(rng):
    """Eq. (permutahedron): against a quadratic program over all 24 permutations."""
    for seed in range(5):
        point, vertex = 2 * torch.randn(2, 4, dtype=torch.float64, generator=rng(seed))
        all_corners = corners(vertex).numpy()

        def distance(weights, corners=all_corners, point=point):
            return ((weights @ corners - point.numpy()) ** 2).sum()

        best = optimize.minimize(
            distance,
            [1 / 24] * 24,
            method="SLSQP",
            bounds=[(0, 1)] * 24,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-14, "maxiter": 500},
        )
        mixture = torch.from_numpy(best.x @ all_corners)
        torch.testing.assert_close(project(point, vertex), mixture, atol=1e-5, rtol=0)


def test_projection_has_no_better_corner(rng):
    """Eq. (permutahedron): (z - y)·(c - y) <= 0 for all corners c, which proves it."""
    for seed in range(50):
        point, vertex = 3 * torch.randn(2, 4, dtype=torch.float64, generator=rng(seed))
        y = project(point, vertex)
        toward = (corners(vertex) - y) @ (point - y)
        assert toward.max() < 1e-12
        order = y.sort(descending=True).values.cumsum(0)
        limits = vertex.sort(descending=True).values.cumsum(0)
        assert (order <= limits + 1e-12).all()  # y is inside: majorised by the vertex
        torch.testing.assert_close(order[-1], limits[-1])


def test_projection_does_not_care_for_the_order_of_the_vertex(rng):
    """Eq. (permutahedron): all permutations of w span the same body."""
    point, vertex = torch.randn(2, 6, dtype=torch.float64, generator=rng())
    torch.testing.assert_close(project(point, vertex), project(point, vertex.flip(0)))


@repeatable
@given(distinct)
def test_ranks_are_exact_once_gaps_are_wide_enough(values):
    """Eq. (soft-rank): integers have gaps of 1, so sharpness 1 is enough."""
    x = double(values)
    torch.testing.assert_close(soft_rank(x, 1.0), hard_ranks(x))
    torch.testing.assert_close(soft_rank(x, 100.0), hard_ranks(x))


@repeatable
@given(distinct)
def test_sorting_is_exact_once_sharp_enough(values):
    """Eq. (soft-sort): the largest gap of neighbors is the sharpness needed."""
    x = double(values)
    expected = x.sort(descending=True).values
    needed = (expected[:-1] - expected[1:]).max().item() if len(values) > 1 else 1.0
    torch.testing.assert_close(soft_sort(x, needed), expected)
    if len(values) > 1:
        assert not torch.allclose(soft_sort(x, 0.9 * needed), expected)


@repeatable
@given(distinct, st.data())
def test_masks_are_exact_once_the_gap_is_wide_enough(values, data):
    """Eq. (soft-top-k): the mask of a sort."""
    x, k = double(values), data.draw(st.integers(1, len(values)))
    expected = (hard_ranks(x) <= k).double()
    torch.testing.assert_close(soft_top_k(x, k, 1.0), expected)


def test_two_values_by_hand():
    """Eq. (soft-rank): 3/2 ∓ κ(x - y)/2, until the ranks 1 and 2 are reached."""
    for gap in (0.0, 0.3, 0.99, 1.0, 5.0):
        expected = double([1.5 - min(gap, 1) / 2, 1.5 + min(gap, 1) / 2])
        torch.testing.assert_close(soft_rank(double([gap, 0.0]), 1.0), expected)


@repeatable
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=10), st.floats(1e-3, 100))
def test_soft_ranks_keep_sum_order_and_limits(values, sharpness):
    """Eq. (soft-rank): the sum of all ranks, from 1 to K, and the order of values."""
    x, count = double(values), len(values)
    ranks = soft_rank(x, sharpness)
    assert ranks.sum().item() == pytest.approx(count * (count + 1) / 2)
    assert ranks.min() >= 1 - 1e-9
    assert ranks.max() <= count + 1e-9
    assert (ranks[x.argsort(descending=True)].diff() >= -1e-9).all()


@repeatable
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=10), st.floats(1e-3, 100))
def test_soft_masks_keep_sum_and_limits(values, sharpness):
    """Eq. (soft-top-k): entries from 0 to 1 that sum to k, unlike the recursions."""
    mask = soft_top_k(double(values), 2, sharpness)
    assert mask.sum().item() == pytest.approx(2)
    assert mask.min() >= -1e-9
    assert mask.max() <= 1 + 1e-9


def test_no_sharpness_gives_the_means(rng):
    """Eq. (soft-rank), Eq. (soft-sort), Eq. (soft-top-k): the center at κ near 0."""
    x = torch.randn(5, dtype=torch.float64, generator=rng())
    close = {"atol": 1e-6, "rtol": 0}
    torch.testing.assert_close(soft_rank(x, 1e-8), torch.full_like(x, 3), **close)
    mean = x.mean().expand(5)
    torch.testing.assert_close(soft_sort(x, 1e-8), mean, **close)
    share = torch.full_like(x, 0.4)
    torch.testing.assert_close(soft_top_k(x, 2, 1e-8), share, **close)


def test_derivatives_are_those_of_finite_differences(rng):
    """Eq. (permutahedron) and all three: gradcheck, by both arguments."""
    point, vertex = torch.randn(2, 6, dtype=torch.float64, generator=rng())
    leaves = point.requires_grad_(), vertex.requires_grad_()
    assert torch.autograd.gradcheck(project, leaves)
    for function in (
        lambda x: soft_rank(x, 0.7),
        lambda x: soft_sort(x, 0.7),
        lambda x: soft_top_k(x, 2, 0.7),
    ):
        assert torch.autograd.gradcheck(function, point)


def test_rows_are_independent(rng):
    """Eq. (soft-rank): leading dimensions are mapped over."""
    x = torch.randn(3, 2, 7, generator=rng())
    ranks = soft_rank(x, 2.0)
    assert ranks.dtype == torch.float32
    torch.testing.assert_close(ranks[1, 1], soft_rank(x[1, 1], 2.0))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_large_values_are_safe(dtype):
    """Eq. (soft-rank), Eq. (soft-sort), Eq. (soft-top-k): exact at a scale of 10⁴."""
    x = torch.tensor([1e4, -1e4, 5e3, 0.0], dtype=dtype, requires_grad=True)
    for result, expected in (
        (soft_rank(x, 1e4), [1, 4, 2, 3]),
        (soft_sort(x, 1e4), [1e4, 5e3, 0, -1e4]),
        (soft_top_k(x, 2, 1e4), [1, 0, 1, 0]),
    ):
        torch.testing.assert_close(result, torch.tensor(expected, dtype=dtype))
        assert torch.autograd.grad(result[0], x)[0].isfinite().all()


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="vertex must have the shape"):
        project(torch.zeros(3), torch.zeros(2))
    with pytest.raises(ValueError, match="point must be finite"):
        project(torch.tensor([torch.inf]), torch.zeros(1))
    with pytest.raises(ValueError, match="k must be from 1 to 3, got 4"):
        soft_top_k(torch.zeros(3), 4, 1.0)
    for function in (soft_rank, soft_sort):
        with pytest.raises(ValueError, match="sharpness must be positive"):
            function(torch.zeros(3), 0.0)
