"""Circles: votes of points for centers, beside scikit-image."""

import numpy as np
import pytest
import torch
from skimage.draw import circle_perimeter
from skimage.transform import hough_circle

from dlnotes.votenet.circles import cells_of, circle_cells, circle_votes, offset_votes

DOUBLE = torch.zeros(0, dtype=torch.float64)


def some_pixels(size=(50, 70), share=0.05, seed=0):
    image = torch.rand(size, generator=torch.Generator().manual_seed(seed)) < share
    return image.numpy(), image.nonzero().flip(-1).double()[None]


@pytest.mark.parametrize("radius", [*range(1, 40), 77, 120])
def test_a_circle_has_the_cells_of_scikit_image(radius):
    """Eq. (circle-votes) casts one vote in each of them."""
    rows, columns = circle_perimeter(0, 0, radius)
    cells = circle_cells(radius, like=DOUBLE)
    pairs = {(x, y) for x, y in zip(columns.tolist(), rows.tolist(), strict=True)}
    assert {(x, y) for x, y in cells.tolist()} == pairs
    assert len(cells) == len(pairs) < len(rows) or radius == 1
    assert ((cells.norm(dim=1) - radius).abs() <= 0.5).all()


@pytest.mark.parametrize("radius", [3, 8, 21])
def test_votes_equal_those_of_scikit_image(radius):
    """Eq. (circle-votes), with its list of cells, in which some stand twice."""
    image, points = some_pixels()
    rows, columns = circle_perimeter(0, 0, radius)
    cells = torch.from_numpy(np.stack([columns, rows], 1)).double()
    votes = offset_votes(points, cells, image.shape)[0]
    wanted = hough_circle(image, radius, normalize=False)[0]
    assert votes.tolist() == wanted.tolist()


def test_scikit_image_counts_some_cells_twice():
    """By Eq. (circle-votes) a pixel gives single votes, and there 8 double ones."""
    image, points = np.zeros((21, 21)), torch.tensor([[[10.0, 10.0]]])
    image[10, 10] = 1
    assert (hough_circle(image, 3, normalize=False) == 2).sum() == 8
    assert circle_votes(points, [3], (21, 21), normalize=False).max() == 1


def test_votes_equal_a_loop():
    """Eq. (circle-votes): pairs of a point and a center as far apart as the radius."""
    image, points = some_pixels((15, 18))
    votes = circle_votes(points, [2, 5], image.shape, normalize=False)[0]
    for number, radius in enumerate((2, 5)):
        ring = {(x, y) for x, y in circle_cells(radius, like=DOUBLE).tolist()}
        for row in range(15):
            for column in range(18):
                gaps = (points[0] - torch.tensor([column, row])).tolist()
                wanted = sum((x, y) in ring for x, y in gaps)
                assert votes[number, row, column] == wanted


@pytest.mark.parametrize("radius", [4, 11])
def test_a_whole_circle_gives_its_center_one(radius):
    """Eq. (circle-votes): a ring is point symmetric, so each of its cells votes."""
    cells = circle_cells(radius, like=DOUBLE) + torch.tensor([30.0, 25.0])
    votes = circle_votes(cells[None], [4, 7, 11], (50, 60))[0]
    best = votes.flatten().argmax().item()
    assert divmod(best % 3000, 60) == (25, 30)
    assert [4, 7, 11][best // 3000] == radius
    assert votes.max() == 1


def test_votes_in_parts_add_up():
    """Eq. (circle-votes): more votes than cells are cast some points at a time."""
    image, points = some_pixels((12, 9), share=0.9)
    votes = circle_votes(points, [4], image.shape)
    single = [circle_votes(p, [4], image.shape) for p in points.split(1, 1)]
    torch.testing.assert_close(votes, torch.stack(single).sum(0))


def test_a_place_just_below_a_half_is_in_the_cell_before():
    below = torch.tensor(0.5).nextafter(torch.tensor(0.0))
    places = torch.stack([below, below * 0])[None, None]
    votes = offset_votes(places, torch.zeros(1, 2), (1, 1))
    assert votes.tolist() == [[[1]]]


def test_places_outside_have_no_cell():
    places = torch.tensor([[[-0.6, 0], [-0.4, 0], [3.4, 1], [3.5, 1], [0, 2]]])
    cells, inside = cells_of(places, (2, 4))
    assert inside.tolist() == [[False, True, True, False, False]]
    assert cells.tolist() == [[0, 0, 7, 0, 0]]
