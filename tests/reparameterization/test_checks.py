"""What the estimators refuse, and what they take."""

import pytest
import torch
from torch import nn

from dlnotes.reparameterization import checks

ONES = torch.ones(2)


def test_parameters_are_a_sequence_of_finite_tensors():
    assert checks.check_parameters("p", [ONES, ONES[0]]) == (ONES, ONES[0])
    with pytest.raises(TypeError, match=r"p must be a tuple such as .* got a tensor"):
        checks.check_parameters("p", ONES)
    with pytest.raises(ValueError, match="p must hold at least one tensor, got none"):
        checks.check_parameters("p", ())
    with pytest.raises(ValueError, match=r"p\[1\] must be finite, got inf"):
        checks.check_parameters("p", (ONES, ONES * torch.inf))


def test_a_scale_is_a_tensor_of_positive_numbers():
    checks.check_scale("scale", ONES)
    with pytest.raises(TypeError, match="scale must be a tensor, got"):
        checks.check_scale("scale", 1.0)
    for odd in (0.0, -1.0, torch.nan):
        with pytest.raises(ValueError, match=f"scale must be positive.* got {odd}"):
            checks.check_scale("scale", torch.tensor([1.0, odd]))


def test_a_number_is_finite_and_fits_what_it_meets():
    checks.check_number("mean", -3, like=ONES)
    checks.check_number("mean", -ONES, like=ONES)
    for odd in (torch.inf, torch.tensor(torch.inf)):
        with pytest.raises(ValueError, match="mean must be finite, got inf"):
            checks.check_number("mean", odd, like=ONES)
    with pytest.raises(ValueError, match=r"mean .* got 1e\+300"):
        checks.check_number("mean", 1e300, like=ONES)


def test_noise_lies_strictly_between_its_bounds():
    checks.check_open_unit("u", torch.tensor([1e-30, 0.5]))
    for odd in (0.0, 1.0, -0.5):
        with pytest.raises(ValueError, match=f"strictly between 0 and 1, got {odd}"):
            checks.check_open_unit("u", torch.tensor([0.5, odd]))


def test_samples_end_in_the_shape_of_one():
    assert checks.check_samples("z", torch.ones(4, 5, 2), (2,)) == (4, 5)
    assert checks.check_samples("z", ONES, (2,)) == ()
    assert checks.check_samples("z", torch.ones(4, 0), ()) == (4, 0)
    with pytest.raises(TypeError, match="z must be a tensor, got list"):
        checks.check_samples("z", [1.0], ())
    for odd in (torch.ones(()), torch.ones(2, 3)):
        with pytest.raises(
            ValueError, match=r"z must have a shape that ends in \(2,\)"
        ):
            checks.check_samples("z", odd, (2,))


def test_a_model_computes_in_the_dtype_of_its_input():
    checks.check_model("encoder", nn.Linear(2, 1), ONES)
    with pytest.raises(
        TypeError, match=r"weights of torch\.float32.* got torch\.float64"
    ):
        checks.check_model("encoder", nn.Linear(2, 1).double(), ONES)
    with pytest.raises(TypeError, match="encoder must be"):
        checks.check_model("encoder", torch.sin, ONES)


def test_shapes_broadcast():
    assert checks.common_shape(torch.ones(3, 1), torch.ones(4)) == (3, 4)
    with pytest.raises(ValueError, match=r"got shapes \[\(3,\), \(4,\)\]"):
        checks.common_shape(torch.ones(3), torch.ones(4))
