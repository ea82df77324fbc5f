"""Peaks: the largest of a window, beside loops and scikit-image."""

import math

import numpy as np
import pytest
import torch
from skimage.draw import line
from skimage.transform import hough_line, hough_line_peaks

from dlnotes.votenet.lines import hough_angles, line_votes, reach_of
from dlnotes.votenet.peaks import find_peaks, peak_lines

DOUBLE = torch.zeros(0, dtype=torch.float64)


def shuffled(height, width, seed):
    """A table without equal counts."""
    rng = torch.Generator().manual_seed(seed)
    return torch.randperm(height * width, generator=rng).reshape(height, width).double()


def by_loop(table, count, window, twins):
    """Peaks, cell by cell."""
    height, width = table.shape
    tops = []
    for row in range(height):
        for column in range(width):
            seen = []
            for i in range(row - window[0], row + window[0] + 1):
                for j in range(column - window[1], column + window[1] + 1):
                    turned = not 0 <= j < width
                    if (turned and not twins) or not 0 <= i < height:
                        continue
                    seen.append(table[height - 1 - i if turned else i, j % width])
            if table[row, column] == max(seen) and table[row, column] > table.max() / 2:
                tops.append((-table[row, column].item(), row, column))
    return [(row, column) for _, row, column in sorted(tops)][:count]


@pytest.mark.parametrize("twins", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_peaks_are_the_largest_of_their_windows(twins, seed):
    """With `twins` windows go on at the other end, upside down, Eq. (line-twins)."""
    table = shuffled(21, 16, seed)
    found = find_peaks(table[None], 12, window=(2, 3), twins=twins)
    wanted = by_loop(table, 12, (2, 3), twins)
    pairs = zip(found.rows[0].tolist(), found.columns[0].tolist(), strict=True)
    assert list(pairs)[: len(wanted)] == wanted
    assert found.real.sum() == len(wanted)


@pytest.mark.parametrize("seed", range(4))
def test_peaks_equal_those_of_scikit_image(seed):
    """Where no peak is near the border, at which its windows end otherwise."""
    table = torch.zeros(60, 70, dtype=torch.float64)
    table[12:48, 14:56] = shuffled(36, 42, seed) / 100
    angles, distances = np.arange(70), np.arange(60)
    votes, columns, rows = hough_line_peaks(
        table.numpy(), angles, distances, min_distance=4, min_angle=5
    )
    found = find_peaks(table[None], len(votes) + 5, window=(4, 5))
    assert found.real.sum() == len(votes) > 5
    assert found.votes[found.real].tolist() == votes.tolist()
    assert found.rows[found.real].tolist() == rows.tolist()
    assert found.columns[found.real].tolist() == columns.tolist()


def test_lines_of_an_image_equal_those_of_scikit_image():
    """Eq. (accumulator) and its peaks: four lines, the same cells in both libraries."""
    image = np.zeros((90, 120), dtype=bool)
    for ends in ((5, 10, 80, 100), (80, 5, 10, 60), (40, 0, 60, 119), (0, 90, 89, 75)):
        image[line(*ends)] = True
    table, angles, distances = hough_line(image)
    votes, wanted, far = hough_line_peaks(table, angles, distances, num_peaks=4)
    points = torch.from_numpy(np.argwhere(image)[:, ::-1].copy()).double()[None]
    ours, reach = hough_angles(like=DOUBLE), reach_of(90, 120)
    peaks = find_peaks(line_votes(points, ours, reach=reach), 4)
    lines = peak_lines(peaks, ours, reach=reach)[0]
    assert peaks.votes[0].tolist() == votes.tolist()
    assert sorted(lines.tolist()) == sorted(np.stack([far, wanted], 1).tolist())


def test_a_line_at_the_border_is_found_once():
    """Eq. (line-twins): its votes lie in the first and in the last columns."""
    along = torch.arange(100, dtype=torch.float64)
    points = torch.stack([along, 40 - along * math.tan(math.pi / 360)], -1)[None]
    angles = hough_angles(like=DOUBLE)
    votes = line_votes(points, angles, reach=150)
    assert find_peaks(votes, 5).real.sum() == 2
    assert find_peaks(votes, 5, twins=True).real.sum() == 1


def test_turning_the_angles_by_half_a_turn_turns_the_peaks():
    """Eq. (line-twins): with `twins` no angle is special, wherever columns begin."""
    table = shuffled(31, 24, 5)
    one = find_peaks(table[None], 8, window=(3, 3), twins=True)
    moved = torch.cat([table[:, 10:], table[:, :10].flip(0)], 1)
    other = find_peaks(moved[None], 8, window=(3, 3), twins=True)
    assert torch.equal(one.votes, other.votes)


def test_of_equal_neighbors_the_first_is_the_peak():
    table = torch.zeros(1, 5, 9)
    table[0, 2, 2:5] = 3
    found = find_peaks(table, 2, window=(1, 1))
    assert found.columns.tolist() == [[2, 4]]
    assert find_peaks(table, 2, window=(1, 2)).real.tolist() == [[True, False]]


def test_a_threshold_is_exceeded():
    table = torch.zeros(1, 9, 9)
    table[0, 1, 1], table[0, 7, 7] = 4, 2
    assert find_peaks(table, 3, window=(1, 1)).real.sum() == 1
    assert find_peaks(table, 3, window=(1, 1), threshold=1.5).real.sum() == 2


def test_a_window_beyond_the_table_is_named():
    with pytest.raises(
        ValueError, match="columns of window must be from 0 to 4, got 5"
    ):
        find_peaks(torch.ones(1, 9, 4), 1, window=(1, 5))


def test_windows_of_scikit_image_are_one_row_off_beyond_the_border():
    """By Eq. (line-twins) row y has its twin in row R - 1 - y; there it is R - y."""
    rows, reach = 41, 3
    found = {}
    for row in (rows - 1 - 10 - reach, rows - 1 - 10 + reach, rows - 10 + reach):
        table = torch.zeros(1, rows, 30, dtype=torch.float64)
        table[0, 10, 0], table[0, row, 29] = 10, 9
        peers = hough_line_peaks(
            table[0].numpy(), np.arange(30), np.arange(rows), reach, 5
        )
        ours = find_peaks(table, 3, window=(reach, 5), twins=True)
        found[row] = int(ours.real.sum()), len(peers[0])
    assert list(found.values()) == [(1, 2), (1, 1), (2, 1)]
