"""What every tensor function of dlnotes.bias refuses, one argument after the other."""

import pytest
import torch
from torch import nn

from dlnotes.bias.checks import check_axes, check_axis, check_batch_norm, check_full
from tests.bias.contract import CASES
from tests.contract import is_floating

PLACES = [
    pytest.param(case, at, id=f"{case.name}-{at}")
    for case in CASES
    for at, arg in enumerate(case.args)
    if is_floating(arg)
]


@pytest.mark.parametrize("odd", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize(("case", "at"), PLACES)
def test_numbers_are_finite(case, at, odd):
    spoiled = case.args[at].clone()
    spoiled.view(-1)[-1] = odd
    with pytest.raises(ValueError, match=f"must be finite, got {odd}"):
        case.call((*case.args[:at], spoiled, *case.args[at + 1 :]))


@pytest.mark.parametrize(("case", "at"), PLACES)
def test_numbers_are_floating_point_tensors(case, at):
    args = (case.args[:at], case.args[at + 1 :])
    with pytest.raises(TypeError, match=r"must be floating-point, got torch\.int64"):
        case.call((*args[0], case.args[at].long(), *args[1]))
    with pytest.raises(TypeError, match=r"must be a (tensor|real number), got"):
        case.call((*args[0], case.args[at].tolist(), *args[1]))


def test_a_tensor_has_its_axes_and_entries():
    check_axes("x", torch.ones(2, 3), 2)
    for odd in (torch.ones(2), torch.ones(2, 3, 1), torch.ones(2, 0)):
        with pytest.raises(ValueError, match="x must have 2 nonempty axes, got shape"):
            check_axes("x", odd, 2)


def test_an_axis_is_one_of_the_tensor():
    x = torch.ones(2, 3)
    for axis in (-2, -1, 0, 1):
        check_axis("axis", axis, x)
    for odd in (-3, 2):
        with pytest.raises(ValueError, match=f"axis must be an axis of .* got {odd}"):
            check_axis("axis", odd, x)
    for odd in (1.0, True):
        with pytest.raises(TypeError, match="axis must be an integer, got a"):
            check_axis("axis", odd, x)


def test_half_precision_is_refused_by_name():
    check_full("x", torch.ones(2))
    check_full("x", torch.ones(2).double())
    for dtype in (torch.float16, torch.bfloat16):
        with pytest.raises(TypeError, match=f"float32 or float64, got {dtype}"):
            check_full("x", torch.ones(2, dtype=dtype))


def test_a_batch_normalization_keeps_running_statistics():
    for norm in (nn.BatchNorm1d(2), nn.BatchNorm3d(2), nn.SyncBatchNorm(2)):
        check_batch_norm("norm", norm)
    with pytest.raises(
        TypeError, match="norm must be a batch normalization, got Group"
    ):
        check_batch_norm("norm", nn.GroupNorm(1, 2))
    with pytest.raises(ValueError, match="BatchNorm1d keeps no running statistics"):
        check_batch_norm("norm", nn.BatchNorm1d(2, track_running_stats=False))
