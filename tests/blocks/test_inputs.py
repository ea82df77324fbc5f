"""What modules refuse before their weights meet it."""

import pytest
import torch
from torch import nn

from dlnotes.blocks.grouping import Selection
from dlnotes.blocks.inputs import (
    check_features,
    check_input,
    check_kind,
    check_selection,
    check_sequence,
)

LAYER = nn.Linear(3, 2)
ALL = Selection(torch.zeros(2, 4, 3, dtype=torch.long), torch.ones(2, 4, 3).bool())


@pytest.mark.parametrize("sizes", [(2, "N", 3), (..., 3), (..., 2, "N", "C")])
def test_letters_stand_for_any_size_and_dots_for_any_number_of_them(sizes):
    check_input("x", torch.ones(2, 4, 3), sizes, like=LAYER)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((2, "N"), "2, N"),
        ((2, "N", 4), "2, N, 4"),
        ((..., 3, 3), r"\.\.\., 3, 3"),
        ((..., 1, 2, "N", 3), r"\.\.\., 1, 2, N, 3"),
    ],
)
def test_another_shape_is_refused_by_name(sizes, words):
    with pytest.raises(ValueError, match=rf"x must have shape .{words}., got .2, 4, 3"):
        check_input("x", torch.ones(2, 4, 3), sizes, like=LAYER)


def test_numbers_have_the_dtype_of_the_weights_or_what_autocast_makes_of_them():
    x = torch.ones(2, 3, dtype=torch.bfloat16)
    with pytest.raises(TypeError, match=r"x must be torch.float32 like the weights"):
        check_input("x", x, ("B", 3), like=LAYER)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        check_input("x", x, ("B", 3), like=LAYER)
    check_input("x", x, ("B", 3), like=nn.Identity())
    with pytest.raises(TypeError, match="x must be float32 or float64, got"):
        check_input("x", x, ("B", 3), like=nn.Identity(), half=False)
    with pytest.raises(TypeError, match=r"x must be floating-point, got torch.int64"):
        check_input("x", x.long(), ("B", 3), like=nn.Identity())


def test_a_kind_is_a_class_or_what_inherits_it():
    check_kind("edges", ALL, Selection)
    check_kind("edges", ALL, tuple)
    with pytest.raises(TypeError, match="edges must be of type Selection, got tuple"):
        check_kind("edges", tuple(ALL), Selection)


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
        (tuple(ALL), "edges must be of type Selection, got tuple"),
        (ALL._replace(real=None), "edges.real must be a tensor, got NoneType"),
        (ALL._replace(real=ALL.indices), "edges.real must hold truth values, got"),
        (ALL._replace(indices=ALL.real), "edges.indices must hold integers, got"),
    ):
        with pytest.raises(TypeError, match=message):
            check_selection("edges", wrong, (2, 4, "K"), 4)
    with pytest.raises(ValueError, match=r"edges.real must have shape \(2, 4, 3\)"):
        check_selection("edges", ALL._replace(real=ALL.real[:1]), (2, 4, "K"), 4)
    for sizes in ((3, 4, "K"), (2, "M"), (2, 5, "K")):
        with pytest.raises(ValueError, match=r"edges.indices must have shape"):
            check_selection("edges", ALL, sizes, 4)
    none = Selection(ALL.indices[..., :0], ALL.real[..., :0])
    with pytest.raises(ValueError, match=r"\(2, 4, K\), got \(2, 4, 0\)"):
        check_selection("edges", none, (2, 4, "K"), 4)
    for odd in (-1, 4):
        wrong = ALL._replace(indices=ALL.indices + odd)
        with pytest.raises(ValueError, match=f"edges.indices must .* to 3, got {odd}"):
            check_selection("edges", wrong, (2, 4, "K"), 4)


def test_a_sequence_is_a_list_or_a_plain_tuple():
    check_sequence("edges", [1])
    check_sequence("edges", (1,))
    for wrong in ("ab", ALL, torch.ones(2), None):
        with pytest.raises(TypeError, match="edges must be a sequence, got"):
            check_sequence("edges", wrong)
