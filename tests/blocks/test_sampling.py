"""Checks of dlnotes.blocks.sampling."""

import itertools

import pytest
import torch

from dlnotes.blocks import sampling
from dlnotes.blocks.sampling import farthest_points


@pytest.fixture(params=["arrays", "tensors"])
def way(request, monkeypatch):
    """Both ways: in place in NumPy, and in torch."""
    if request.param == "tensors":
        monkeypatch.setattr(sampling, "known_values", lambda tensor: None)


def radius(cloud, chosen):
    """The largest distance of a point of the cloud from the chosen ones."""
    return torch.cdist(cloud, cloud[list(chosen)]).amin(1).amax().item()


def by_hand(cloud, k, start, real):
    chosen = [start]
    while len(chosen) < k:
        gaps = [
            min(((cloud[i] - cloud[c]) ** 2).sum().item() for c in chosen)
            if real[i] else -1
            for i in range(len(cloud))
        ]  # fmt: skip
        chosen.append(gaps.index(max(gaps)))
    return chosen


@pytest.mark.parametrize("coordinates", [1, 3, 7])
def test_each_choice_is_the_farthest_point(coordinates, way, rng):
    points = torch.randn(3, 20, coordinates, dtype=torch.float64, generator=rng())
    mask = torch.rand(3, 20, generator=rng(1)) < 0.8
    mask[torch.arange(3), torch.tensor([3, 0, 7])] = True
    start = torch.tensor([3, 0, 7])
    index, real = farthest_points(points, 10, start=start, mask=mask)
    assert real.all()
    for b in range(3):
        expected = by_hand(points[b], 10, start[b].item(), mask[b])
        assert index[b].tolist() == expected


@pytest.mark.parametrize("seed", range(4))
def test_the_radius_is_at_most_twice_the_best(seed, way, rng):
    """All 4 of 11 points are tried: 330 choices for each cloud."""
    clouds = torch.randn(5, 11, 2, dtype=torch.float64, generator=rng(seed))
    found = farthest_points(clouds, 4, generator=rng(seed)).indices
    for cloud, chosen in zip(clouds, found.tolist(), strict=True):
        best = min(radius(cloud, some) for some in itertools.combinations(range(11), 4))
        assert radius(cloud, chosen) <= 2 * best


def test_twice_the_best_is_reached(way):
    """No smaller bound holds: 0 and 2.1 are chosen, -1 and 2.1 are best."""
    line = torch.tensor([[[-2.0], [-1.0], [0.0], [2.1]]])
    chosen = farthest_points(line, 2, start=2).indices[0].tolist()
    best = min(radius(line[0], some) for some in itertools.combinations(range(4), 2))
    assert radius(line[0], chosen) == 2 * best


def test_few_points_are_repeated_and_marked(way, rng):
    points = torch.randn(3, 4, 3, generator=rng())
    mask = torch.tensor([[True] * 4, [False, True, True, False], [False] * 4])
    start = torch.tensor([1, 2, 3])
    index, real = farthest_points(points, 6, start=start, mask=mask)
    assert real.sum(1).tolist() == [4, 2, 0]
    assert sorted(index[0, :4].tolist()) == [0, 1, 2, 3]
    assert index[0, 4:].tolist() == [1, 1]
    assert index[1].tolist() == [2, 1, 2, 2, 2, 2]
    assert index[2].tolist() == [0] * 6


def test_duplicates_are_chosen_last(way):
    points = torch.tensor([[[0.0], [0.0], [1.0], [1.0], [3.0]]])
    index = farthest_points(points, 5, start=1).indices[0].tolist()
    assert index[0] == 1
    assert index[1] == 4
    assert index[2] in (2, 3)


def test_no_point_comes_twice_while_another_is_left(way):
    """Of points at two places, and at one; the last place of a mask is left over."""
    points = torch.tensor([[[0.0], [0.0], [0.0], [1.0]], [[2.0]] * 4])
    index, real = farthest_points(points, 4, start=0)
    assert index.tolist() == [[0, 3, 1, 2], [0, 1, 2, 3]]
    assert real.all()
    mask = torch.tensor([[False, True, True, True]] * 2)
    index, real = farthest_points(points, 4, start=2, mask=mask)
    assert index.tolist() == [[2, 3, 1, 2], [2, 1, 3, 2]]
    assert real.tolist() == [[True, True, True, False]] * 2


def test_padding_is_not_chosen_though_only_duplicates_are_left(way):
    points = torch.tensor([[[5.0], [1.0], [1.0], [9.0]]])
    mask = torch.tensor([[False, True, True, False]])
    index, real = farthest_points(points, 2, start=2, mask=mask)
    assert real.all()
    assert set(index[0].tolist()) <= {1, 2}


def test_points_near_the_origin_are_points(way):
    """Some published programs leave out those within about 0.03 of it."""
    points = torch.tensor([[[0.0, 0.0], [0.01, 0.0], [0.0, 0.02]]])
    assert sorted(farthest_points(points, 3, start=0).indices[0].tolist()) == [0, 1, 2]


def test_arrays_and_tensors_choose_the_same(monkeypatch, rng):
    points = torch.rand(4, 300, 3, generator=rng())
    expected = farthest_points(points, 100, start=0).indices
    monkeypatch.setattr(sampling, "known_values", lambda tensor: None)
    assert torch.equal(farthest_points(points, 100, start=0).indices, expected)


def test_what_is_chosen_of_the_chosen_is_their_beginning(rng):
    points = torch.rand(1, 100, 3, generator=rng())
    index = farthest_points(points, 40, start=5).indices[0]
    again = farthest_points(points[:, index], 20, start=0).indices[0]
    assert again.tolist() == list(range(20))


def test_the_first_point_is_drawn_among_the_real_ones(rng):
    """8,000 clouds of two real points: counts within 5 standard errors of a half."""
    points = torch.zeros(8000, 4, 1)
    mask = torch.tensor([False, True, False, True]).expand(8000, -1)
    first = farthest_points(points, 1, mask=mask, generator=rng()).indices[:, 0]
    counts = first.bincount(minlength=4)
    assert counts[0] == counts[2] == 0
    assert abs(counts[1].item() - 4000) < 5 * (8000 * 0.25) ** 0.5
    again = farthest_points(points, 1, mask=mask, generator=rng()).indices[:, 0]
    assert torch.equal(first, again)


@pytest.mark.parametrize(
    ("start", "match"),
    [
        (4, "from 0 to 3, got 4"),
        (0, "a real point"),
        (torch.tensor([1, 0]), "a real point"),
        (torch.tensor([1, 4]), "from 0 to 3, got 4"),
        (torch.tensor([[1], [1]]), r"start must be \(B,\)"),
    ],
)
def test_a_start_that_is_no_point_is_refused(start, match):
    mask = torch.tensor([[False, True, True, True]] * 2)
    with pytest.raises(ValueError, match=match):
        farthest_points(torch.zeros(2, 4, 3), 2, start=start, mask=mask)
