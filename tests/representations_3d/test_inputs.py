"""What networks of clouds refuse before they compute anything."""

import pytest
import torch
from torch import nn

from dlnotes.representations_3d.groups import choose_levels
from dlnotes.representations_3d.inputs import (
    check_groups,
    check_levels,
    check_points,
)

LAYER = nn.Linear(3, 2)


def levels(rng):
    points = torch.randn(2, 9, 3, generator=rng())
    sizes = (4, 2), ((0.5, 1.0), (1.0,)), ((3, 3), (3,))
    return choose_levels(points, *sizes, start=0, back=True)


def test_positions_are_finite_and_not_of_half_precision():
    points = torch.ones(2, 4, 3)
    check_points("points", points, ("B", "N", 3), like=LAYER)
    with pytest.raises(TypeError, match="points must be float32 or float64, got"):
        check_points("points", points.half(), ("B", "N", 3), like=LAYER)
    with pytest.raises(TypeError, match=r"must be torch.float32 like the weights, got"):
        check_points("points", points.double(), ("B", "N", 3), like=LAYER)
    with pytest.raises(ValueError, match=r"points must be .*, N at least 1, got"):
        check_points("points", points[:, :0], ("B", "N", 3), like=LAYER)
    with pytest.raises(ValueError, match="points must be finite, got nan"):
        check_points("points", points * torch.nan, ("B", "N", 3), like=LAYER)


def test_groups_fit_points_and_each_other(rng):
    first, second = levels(rng)
    check_groups("groups", first, (2, 9), 2)
    with pytest.raises(TypeError, match="groups must be of type Groups, got list"):
        check_groups("groups", [first], (2, 9), 2)
    with pytest.raises(TypeError, match=r"groups.balls must be a sequence, got Sel"):
        check_groups("groups", first._replace(balls=first.balls[0]), (2, 9), 2)
    with pytest.raises(
        ValueError, match=r"groups.balls\[0\].indices must have shape \(2, 4, K\)"
    ):
        check_groups("groups", first._replace(balls=second.balls), (2, 9), 1)
    with pytest.raises(
        ValueError, match=r"groups.back.indices must have shape \(2, 9, K\)"
    ):
        check_groups("groups", first._replace(back=second.back), (2, 9), 2)
    with pytest.raises(ValueError, match="groups must have 1 radii, got 2"):
        check_groups("groups", first, (2, 9), 1)


def test_levels_follow_each_other(rng):
    first, second = levels(rng)
    check_levels("groups", [first, second], (2, 9), (2, 1))
    for wrong, message in (
        (first, "groups must be a sequence, got Groups"),
        ("ab", "groups must be a sequence, got str"),
        ([first, None], r"groups\[1\] must be of type Groups, got NoneType"),
    ):
        with pytest.raises(TypeError, match=message):
            check_levels("groups", wrong, (2, 9), (2, 1))
    with pytest.raises(ValueError, match="groups must be 2, one a level, got 1"):
        check_levels("groups", [first], (2, 9), (2, 1))
    with pytest.raises(ValueError, match=r"groups\[1\].back.indices must have shape"):
        check_levels(
            "groups", [first, second._replace(back=first.back)], (2, 9), (2, 1)
        )
    with pytest.raises(
        ValueError, match=r"groups\[1\].centers.indices must be .* to 3"
    ):
        check_levels("groups", [first, first], (2, 9), (2, 2))
