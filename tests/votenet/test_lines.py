"""Lines: curves of points, votes in cells, and the two names of a line."""

import math

import pytest
import sympy
import torch
from skimage.transform import hough_line

from dlnotes.votenet.lines import (
    canonical_lines,
    hough_angles,
    line_distance,
    line_votes,
    reach_of,
    round_half_away,
)

DOUBLE = torch.zeros(0, dtype=torch.float64)
FAST = torch.linspace(-4, 4, 81, dtype=torch.float64)


def draw_points(count=40, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(1, count, 2, generator=rng, dtype=torch.float64) * 20


def test_the_curve_of_a_point_is_one_wave():
    """Eq. (hough-line): as long as the point is far, and highest in its direction."""
    x, y, t = sympy.symbols("x y t", real=True)
    wave = sympy.sqrt(x**2 + y**2) * sympy.cos(t - sympy.atan2(y, x))
    for place in ((3, 4), (-3, 4), (-3, -4), (3, -4), (0, 2), (-5, 0)):
        gap = (x * sympy.cos(t) + y * sympy.sin(t) - wave).subs(
            {x: place[0], y: place[1]}
        )
        assert sympy.simplify(sympy.expand_trig(gap)) == 0
    points = draw_points()
    length, direction = points.norm(dim=-1), torch.atan2(points[..., 1], points[..., 0])
    wanted = length[..., None] * (FAST - direction[..., None]).cos()
    torch.testing.assert_close(line_distance(points, FAST), wanted)


def test_an_arc_tangent_of_the_quotient_has_the_wrong_sign_left_of_the_axis():
    """Eq. (hough-line) needs the angle of the point, not that of its slope."""
    point = torch.tensor([[[-3.0, 4.0]]], dtype=torch.float64)
    wrong = 5 * (FAST - math.atan(4 / -3)).cos()
    torch.testing.assert_close(line_distance(point, FAST)[0, 0], -wrong)


@pytest.mark.parametrize("angle", [-1.5, -0.7, 0.0, 0.4, 1.2])
def test_curves_of_points_of_a_line_meet_in_the_line(angle):
    """Eq. (hough-line): at the angle of its normal, and nowhere else in half a turn."""
    angle, distance = torch.tensor([angle], dtype=torch.float64), 7.0
    along = torch.linspace(-30, 30, 9, dtype=torch.float64)
    normal = torch.stack([angle.cos(), angle.sin()], -1)
    points = distance * normal + along[:, None] * torch.stack(
        [-angle.sin(), angle.cos()], -1
    )
    met = line_distance(points[None], angle)
    torch.testing.assert_close(met, torch.full_like(met, distance))
    others = angle + torch.linspace(0.01, math.pi - 0.01, 50, dtype=torch.float64)
    apart = line_distance(points[None], others)[0]
    # Two points s apart on the line have curves |s sin| apart.
    spread = 60 * (others - angle).sin().abs()
    torch.testing.assert_close(apart.amax(0) - apart.amin(0), spread)


def test_a_vertical_line_has_a_normal_and_no_slope():
    """Eq. (hough-line) is finite there; the equations of a slope have no solution."""
    m, b = sympy.symbols("m b")
    two = [(2, 0), (2, 5)]
    assert sympy.solve([m * x + b - y for x, y in two], [m, b]) == []
    points = torch.tensor([two], dtype=torch.float64)
    distance = line_distance(points, torch.zeros(1, dtype=torch.float64))
    assert distance.flatten().tolist() == [2, 2]


@pytest.mark.parametrize("size", [(60, 80), (31, 17), (1, 40), (50, 50)])
@pytest.mark.parametrize("share", [0.02, 0.3])
def test_votes_equal_those_of_scikit_image(size, share):
    """Eq. (accumulator): the same count in each cell."""
    image = torch.rand(size, generator=torch.Generator().manual_seed(sum(size))) < share
    table, angles, distances = hough_line(image.numpy())
    points = image.nonzero().flip(-1).double()[None]
    ours, reach = hough_angles(like=DOUBLE), reach_of(*size)
    votes = line_votes(points, ours, reach=reach)
    assert ours.tolist() == angles.tolist()
    assert (distances == range(-reach, reach + 1)).all()
    assert votes[0].tolist() == table.tolist()


def test_votes_equal_a_loop_over_points_and_angles():
    """Eq. (accumulator), for places that are no pixels, with a mask."""
    points, angles, reach = draw_points(), hough_angles(12, like=DOUBLE), 80
    mask = torch.arange(40)[None] % 3 > 0
    wanted = torch.zeros(1, 2 * reach + 1, 12, dtype=torch.float64)
    for x, y in points[mask].tolist():
        for column, t in enumerate(angles.tolist()):
            r = x * math.cos(t) + y * math.sin(t)
            wanted[0, math.floor(r + 0.5) + reach, column] += 1
    assert torch.equal(line_votes(points, angles, reach=reach, mask=mask), wanted)
    assert (wanted.sum(1) == mask.sum()).all()


def test_many_points_vote_in_parts():
    """Eq. (accumulator): the parts of a long list add up."""
    points, angles = draw_points(500) / 30, hough_angles(7, like=DOUBLE)
    votes = line_votes(points, angles, reach=4)
    parts = [line_votes(some, angles, reach=4) for some in points.split(3, 1)]
    assert torch.equal(votes, torch.stack(parts).sum(0))


def test_the_reach_of_an_image_is_its_diagonal_rounded_up():
    """Eq. (accumulator) has a row for each line that meets the image."""
    for height in range(1, 60):
        for width in range(1, 60):
            assert reach_of(height, width) == math.ceil(math.hypot(height, width))


def test_both_names_of_a_line_hold_for_the_same_points():
    """Eq. (line-twins), by algebra and in numbers."""
    x, y, t = sympy.symbols("x y t")
    there = x * sympy.cos(t + sympy.pi) + y * sympy.sin(t + sympy.pi)
    assert sympy.simplify(there + x * sympy.cos(t) + y * sympy.sin(t)) == 0
    points = draw_points()
    torch.testing.assert_close(
        line_distance(points, FAST + math.pi), -line_distance(points, FAST)
    )


def test_a_line_gets_one_name():
    """Eq. (line-twins): all names within three turns give the same one."""
    rng = torch.Generator().manual_seed(0)
    distance = torch.randn(300, generator=rng, dtype=torch.float64)
    angle = (torch.rand(300, generator=rng, dtype=torch.float64) - 0.5) * 3.14
    lines = torch.stack([distance, angle], -1)
    for turns in range(-6, 7):
        named = torch.stack([distance * (-1) ** turns, angle + turns * math.pi], -1)
        torch.testing.assert_close(canonical_lines(named), lines)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_angles_at_the_border_stay_in_the_range(dtype):
    """Eq. (line-twins), within rounding of odd quarters of a turn."""
    quarters = torch.arange(-2001, 2002, 2, dtype=torch.float64) * math.pi / 2
    half = torch.tensor(math.pi / 2, dtype=dtype)
    points = draw_points().to(dtype)
    # Angles up to 3,150 and points up to 100 away, both rounded.
    rounding = 2 * 3150 * 100 * torch.finfo(dtype).eps
    for toward in (-torch.inf, None, torch.inf):
        given = quarters.to(dtype)
        if toward is not None:
            given = given.nextafter(torch.full_like(given, toward))
        found = canonical_lines(torch.stack([torch.ones_like(given), given], -1))
        assert (found[:, 1] >= -half).all()
        assert (found[:, 1] < half).all()
        sides = line_distance(points, given), line_distance(points, found[:, 1])
        assert (sides[0] - sides[1] * found[:, 0]).abs().max() < rounding


def test_halves_are_rounded_away_from_zero():
    values = torch.tensor([-2.5, -1.5, -0.5, -0.4, 0.0, 0.5, 1.5, 2.5])
    assert round_half_away(values).tolist() == [-3, -2, -1, 0, 0, 1, 2, 3]


def test_rounding_is_exact_beside_halves_and_for_large_numbers():
    """In float32, against a sum in float64, where it has room for the half."""
    halves = torch.arange(-5000, 5000) + 0.5
    values = [halves.nextafter(torch.tensor(s * torch.inf)) for s in (-1, 1)]
    large = torch.tensor([8388607.5, 8388609.0, 16777215.0])
    values = torch.cat([halves, *values, large, -large])
    wanted = values.sign() * (values.double().abs() + 0.5).floor()
    assert torch.equal(round_half_away(values).double(), wanted)


def test_a_line_at_the_largest_distance_has_a_cell():
    """Eq. (accumulator): rounding moves no distance beyond the last row."""
    reach = 8388609
    points = torch.tensor([[[float(reach), 0.0]]])
    votes = line_votes(points, torch.zeros(1), reach=reach)
    assert votes.flatten().argmax() == 2 * reach


def test_a_point_beyond_reach_is_named():
    with pytest.raises(ValueError, match="within reach 4 of 0, got 5"):
        line_votes(torch.tensor([[[3.0, 4.0]]]), torch.zeros(1), reach=4)
