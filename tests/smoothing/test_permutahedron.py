"""Checks of dlnotes.smoothing.permutahedron against docs/notes/smoothing.md."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from dlnotes.smoothing.permutahedron import project, soft_rank, soft_sort, soft_top_k
from tests.smoothing.strategies import double

distinct = st.lists(st.integers(-1000, 1000), min_size=1, max_size=10, unique=True)


def hard_ranks(values):
    return values.argsort(-1, descending=True).argsort(-1).to(values.dtype) + 1


def corners(vertex):
    places = range(len(vertex))
    return torch.stack([vertex[list(p)] for p in itertools.permutations(places)])


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


def test_the_proof_at_ties_and_on_the_body():
    """Eq. (permutahedron): its three steps, for all rows of three digits from 0 to 2.

    The result is sorted like the point and inside, and no corner is closer.
    """
    digits = list(itertools.product(range(3), repeat=3))
    for point, vertex in itertools.product(digits, repeat=2):
        z, w = double(point), double(vertex)
        y = project(z, w)
        order = z.argsort(descending=True)
        assert (y[order].diff() <= 1e-12).all()
        sums = y.sort(descending=True).values.cumsum(0)
        limits = w.sort(descending=True).values.cumsum(0)
        assert (sums <= limits + 1e-12).all()
        assert sums[-1].item() == pytest.approx(limits[-1].item())
        assert ((corners(w) - y) @ (z - y)).max() < 1e-12


def test_projection_does_not_care_for_the_order_of_the_vertex(rng):
    """Eq. (permutahedron): all permutations of w span the same body."""
    point, vertex = torch.randn(2, 6, dtype=torch.float64, generator=rng())
    torch.testing.assert_close(project(point, vertex), project(point, vertex.flip(0)))


@given(distinct)
def test_ranks_are_exact_once_gaps_are_wide_enough(values):
    """Eq. (soft-rank): integers have gaps of 1, so sharpness 1 is enough."""
    x = double(values)
    torch.testing.assert_close(soft_rank(x, 1.0), hard_ranks(x))
    torch.testing.assert_close(soft_rank(x, 100.0), hard_ranks(x))


@given(distinct)
def test_sorting_is_exact_once_sharp_enough(values):
    """Eq. (soft-sort): the largest gap of neighbors is the sharpness needed."""
    x = double(values)
    expected = x.sort(descending=True).values
    needed = (expected[:-1] - expected[1:]).max().item() if len(values) > 1 else 1.0
    torch.testing.assert_close(soft_sort(x, needed), expected)
    if len(values) > 1:
        assert not torch.allclose(soft_sort(x, 0.9 * needed), expected)


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


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=10), st.floats(1e-3, 100))
def test_soft_ranks_keep_sum_order_and_limits(values, sharpness):
    """Eq. (soft-rank): the sum of all ranks, from 1 to K, and the order of values."""
    x, count = double(values), len(values)
    ranks = soft_rank(x, sharpness)
    assert ranks.sum().item() == pytest.approx(count * (count + 1) / 2)
    assert ranks.min() >= 1 - 1e-9
    assert ranks.max() <= count + 1e-9
    assert (ranks[x.argsort(descending=True)].diff() >= -1e-9).all()


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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_large_values_are_exact(dtype):
    """Eq. (soft-rank), Eq. (soft-sort), Eq. (soft-top-k): at a scale of 1e30."""
    x = 1e26 * torch.tensor([1e4, -1e4, 5e3, 0.0], dtype=dtype)
    ranks = torch.tensor([1, 4, 2, 3], dtype=dtype)
    torch.testing.assert_close(soft_rank(x, 1e4), ranks)
    torch.testing.assert_close(soft_sort(x, 2e31), x.sort(descending=True).values)
    torch.testing.assert_close(soft_top_k(x, 2, 1e4), (ranks <= 2).to(dtype))


def test_masked_entries_come_last():
    """Eq. (soft-rank), Eq. (soft-top-k): as if the others were alone."""
    x = double([0.3, -torch.inf, 2.0, -torch.inf, 0.1])
    alone = double([0.3, 2.0, 0.1])
    for sharpness in (0.01, 1.0, 1e6):
        ranks = soft_rank(x, sharpness)
        torch.testing.assert_close(ranks[[0, 2, 4]], soft_rank(alone, sharpness))
        assert ranks[[1, 3]].tolist() == pytest.approx([4.5, 4.5])
        for k in (1, 2, 3):
            mask = soft_top_k(x, k, sharpness)
            expected = soft_top_k(alone, k, sharpness)
            torch.testing.assert_close(mask[[0, 2, 4]], expected)
            assert mask[[1, 3]].tolist() == pytest.approx([0, 0], abs=1e-12)


def test_where_they_are_exact_ranks_and_masks_stand_still_and_sorted_values_move():
    """Eq. (soft-rank), Eq. (soft-sort), Eq. (soft-top-k): beyond the threshold.

    The Jacobians of ranks and mask are 0, that of sorting is the permutation; none of
    the three moves with the sharpness.
    """
    x = double([0.3, 2.0, -1.0, 1.4])  # gaps of 0.6, 1.1 and 1.3
    permutation = torch.eye(4).double()[x.argsort(descending=True)]
    for function, jacobian in (
        (lambda x, k: soft_rank(x, k), torch.zeros(4, 4).double()),
        (lambda x, k: soft_top_k(x, 2, k), torch.zeros(4, 4).double()),
        (lambda x, k: soft_sort(x, k), permutation),
    ):
        by_value, by_sharpness = torch.autograd.functional.jacobian(
            function, (x, double(1.7))
        )
        torch.testing.assert_close(by_value, jacobian)
        torch.testing.assert_close(by_sharpness, torch.zeros(4).double())


def test_thresholds_are_sharp():
    """Eq. (soft-rank), Eq. (soft-sort), Eq. (soft-top-k): all rows of digits 0 to 2.

    Exact if and only if κ reaches the inverse of the smallest gap, the largest gap,
    the inverse of the gap at the cut. Ties have no exact ranks; one value always has.
    """
    for count in (1, 2, 3):
        for row in itertools.product(range(3), repeat=count):
            x = double(row)
            ordered = x.sort(descending=True).values
            gaps = (ordered[:-1] - ordered[1:]).tolist()
            for sharpness in (0.4, 0.5, 0.9, 1.0, 1.9, 2.0):
                ranks = soft_rank(x, sharpness).sort().values
                exact = (ranks - torch.arange(1, count + 1)).abs().max() < 1e-9
                assert exact == all(sharpness * gap >= 1 for gap in gaps)
                exact = (soft_sort(x, sharpness) - ordered).abs().max() < 1e-9
                assert exact == all(sharpness >= gap for gap in gaps)
                for k in range(1, count + 1):
                    mask = soft_top_k(x, k, sharpness)
                    exact = ((mask < 1e-9) | (mask > 1 - 1e-9)).all()
                    assert exact == (k == count or sharpness * gaps[k - 1] >= 1)
