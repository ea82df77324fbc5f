"""Times of votes for lines, peaks and circles beside those of scikit-image.

The edges of two photographs, 180 angles and four radii, in double precision, after a
check that both libraries count the same. scikit-image walks over the image in compiled
code; its circles list some cells twice, and votes are compared with its list.
"""

import numpy as np
import pytest
import torch
from skimage.draw import circle_perimeter
from skimage.feature import canny
from skimage.transform import hough_circle, hough_line, hough_line_peaks

from dlnotes.toy.images import load_photograph
from dlnotes.votenet.circles import circle_votes, offset_votes
from dlnotes.votenet.lines import hough_angles, line_votes, reach_of
from dlnotes.votenet.peaks import find_peaks

RADII = [20, 22, 24, 26]
EDGES = {
    name: canny(load_photograph(name)[0].numpy(), sigma=3.0)
    for name in ("coins", "camera")
}
POINTS = {
    name: torch.from_numpy(np.argwhere(edges)[:, ::-1].copy()).double()[None]
    for name, edges in EDGES.items()
}
ANGLES = hough_angles(like=POINTS["coins"])


def our_votes(name: str) -> torch.Tensor:
    return line_votes(POINTS[name], ANGLES, reach=reach_of(*EDGES[name].shape))


LINES = {"dlnotes": our_votes, "scikit-image": lambda name: hough_line(EDGES[name])[0]}
CIRCLES = {
    "dlnotes": lambda name: circle_votes(POINTS[name], RADII, EDGES[name].shape),
    "scikit-image": lambda name: hough_circle(EDGES[name], RADII),
}


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("library", LINES)
def test_lines(benchmark, tell, library, name):
    benchmark.group = f"votes for lines, {name}, {POINTS[name].shape[1]:,} pixels"
    votes = benchmark(LINES[library], name)
    tell(library, f"fullest cell {int(votes.max())}")


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("library", ["dlnotes", "scikit-image"])
def test_peaks(benchmark, tell, library, name):
    benchmark.group = f"20 peaks of these votes, {name}"
    if library == "dlnotes":
        votes = our_votes(name)
        found = benchmark(lambda: find_peaks(votes, 20).real.sum().item())
    else:
        table = hough_line(EDGES[name])
        found = len(benchmark(lambda: hough_line_peaks(*table, num_peaks=20)[0]))
    tell(library, f"{found} found")


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("library", CIRCLES)
def test_circles(benchmark, tell, library, name):
    benchmark.group = f"votes for circles of {len(RADII)} radii, {name}"
    votes = benchmark(CIRCLES[library], name)
    tell(library, f"fullest cell {float(votes.max()):.2f}")


@pytest.mark.parametrize("name", EDGES)
def test_both_libraries_count_the_same(name):
    assert (our_votes(name)[0].numpy() == LINES["scikit-image"](name)).all()
    for radius in RADII:
        rows, columns = circle_perimeter(0, 0, radius)
        cells = torch.from_numpy(np.stack([columns, rows], 1)).double()
        votes = offset_votes(POINTS[name], cells, EDGES[name].shape)[0].numpy()
        assert (votes == hough_circle(EDGES[name], radius, normalize=False)[0]).all()
