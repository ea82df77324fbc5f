"""What networks of clouds refuse before they compute anything."""

import pytest
import torch
from torch import nn

from dlnotes.blocks.grouping import Selection
from dlnotes.representations_3d.groups import choose_levels
from dlnotes.representations_3d.inputs import (
    check_features,
    check_groups,
    check_levels,
    check_points,
    check_selection,
    check_sequence,
)

LAYER = nn.Linear(3, 2)
ALL = Selection(torch.zeros(2, 4, 3, dtype=torch.long), torch.ones(2, 4, 3).bool())


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


def test_features_may_be_none_without_channels():
    check_features("skip", None, (2, 4), 0, like=LAYER)
    with pytest.raises(ValueError, match="skip must have 3 channels, got 0"):
        check_features("skip", None, (2, 4), 3, like=LAYER)
    with pytest.raises(ValueError, match=r"skip must have shape \(2, 5, C\), got \(2"):
        check_features("skip", torch.ones(2, 4, 3), (2, 5), 3, like=LAYER)
    with pytest.raises(ValueError, match="skip must have 2 channels, got 3"):
        check_features("skip", torch.ones(2, 4, 3), (2, 4), 2, like=LAYER)


def test_a_selection_has_integers_and_truth_values_of_one_shape():
    check_selection("edges", ALL, (2, 4, "K"), 4)
    for wrong, message in (
        (tuple(ALL), "edges must be a Selection, got tuple"),
        (ALL._replace(real=None), "edges.real must be a tensor, got NoneType"),
        (ALL._replace(real=ALL.indices), "edges.real must hold truth values, got"),
        (ALL._replace(indices=ALL.real), "edges.indices must hold integers, got"),
    ):
        with pytest.raises(TypeError, match=message):
            check_selection("edges", wrong, (2, 4, "K"), 4)
    with pytest.raises(ValueError, match=r"edges.real must have shape \(2, 4, 3\)"):
        check_selection("edges", ALL._replace(real=ALL.real[:1]), (2, 4, "K"), 4)
    for sizes in ((3, 4, "K"), (2, "M"), (2, 5, "K")):
        with pytest.raises(ValueError, match=r"indices must have shape .* in edges"):
            check_selection("edges", ALL, sizes, 4)
    none = Selection(ALL.indices[..., :0], ALL.real[..., :0])
    with pytest.raises(ValueError, match=r"\(2, 4, K\) in edges, got \(2, 4, 0\)"):
        check_selection("edges", none, (2, 4, "K"), 4)
    for odd in (-1, 4):
        wrong = ALL._replace(indices=ALL.indices + odd)
        with pytest.raises(ValueError, match=f"edges.indices must .* to 3, got {odd}"):
            check_selection("edges", wrong, (2, 4, "K"), 4)


def test_groups_fit_points_and_each_other(rng):
    first, second = levels(rng)
    check_groups("groups", first, (2, 9), 2)
    with pytest.raises(TypeError, match="groups must be Groups, got list"):
        check_groups("groups", [first], (2, 9), 2)
    with pytest.raises(TypeError, match=r"groups.balls must be a sequence, got Sel"):
        check_groups("groups", first._replace(balls=first.balls[0]), (2, 9), 2)
    with pytest.raises(ValueError, match=r"\(2, 4, K\) in groups.balls\[0\], got"):
        check_groups("groups", first._replace(balls=second.balls), (2, 9), 1)
    with pytest.raises(ValueError, match=r"\(2, 9, K\) in groups.back, got \(2, 4"):
        check_groups("groups", first._replace(back=second.back), (2, 9), 2)
    with pytest.raises(ValueError, match="groups must have 1 radii, got 2"):
        check_groups("groups", first, (2, 9), 1)


def test_levels_follow_each_other(rng):
    first, second = levels(rng)
    check_levels("groups", [first, second], (2, 9), (2, 1))
    for wrong, message in (
        (first, "groups must be a sequence, got Groups"),
        ("ab", "groups must be a sequence, got str"),
        ([first, None], r"groups\[1\] must be Groups, got NoneType"),
    ):
        with pytest.raises(TypeError, match=message):
            check_levels("groups", wrong, (2, 9), (2, 1))
    with pytest.raises(ValueError, match="groups must be 2, one a level, got 1"):
        check_levels("groups", [first], (2, 9), (2, 1))
    with pytest.raises(
        ValueError, match=r"\(2, 4, K\) in groups\[1\].back, got \(2, 9"
    ):
        check_levels(
            "groups", [first, second._replace(back=first.back)], (2, 9), (2, 1)
        )
    with pytest.raises(
        ValueError, match=r"groups\[1\].centers.indices must be .* to 3"
    ):
        check_levels("groups", [first, first], (2, 9), (2, 2))


def test_a_sequence_is_a_list_or_a_plain_tuple():
    check_sequence("edges", [1])
    check_sequence("edges", (1,))
    for wrong in ("ab", ALL, torch.ones(2), None):
        with pytest.raises(TypeError, match="edges must be a sequence, got"):
            check_sequence("edges", wrong)
