"""Bad input is refused by a message with its name and value; good input passes."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from dlnotes.blocks import checks

GOOD = [
    (checks.check_floating, torch.tensor([math.nan])),
    (checks.check_floating, torch.zeros(0, dtype=torch.float16)),
    (checks.check_finite, torch.zeros(2, 0)),
    (checks.check_finite, torch.tensor(1e308, dtype=torch.float64)),
    (checks.check_real, -2),
    (checks.check_real, np.float32(0.5)),
    (checks.check_positive, 5e-324),
    (checks.check_positive, 3),
    (checks.check_count, 1),
    (checks.check_module, nn.ReLU()),
]
BAD = [
    (checks.check_floating, [1.0], TypeError, "a tensor, got list"),
    (checks.check_floating, torch.tensor(1), TypeError, "floating-point, got torch.i"),
    (checks.check_floating, torch.tensor(1j), TypeError, "floating-point, got torch.c"),
    (checks.check_finite, torch.tensor(True), TypeError, "floating-point, got torch.b"),
    (checks.check_finite, torch.tensor([[1, math.nan]]), ValueError, "finite, got nan"),
    (checks.check_finite, torch.tensor(-math.inf), ValueError, "finite, got -inf"),
    (checks.check_real, torch.tensor(1.0), TypeError, "a real number, got a Tensor"),
    (checks.check_real, True, TypeError, "a real number, got a bool"),
    (checks.check_real, "1", TypeError, "a real number, got a str"),
    (checks.check_real, math.inf, ValueError, "finite, got inf"),
    (checks.check_positive, 1j, TypeError, "a real number, got a complex"),
    (checks.check_positive, 0.0, ValueError, r"positive and finite, got 0\.0"),
    (checks.check_positive, -1, ValueError, "positive and finite, got -1"),
    (checks.check_positive, math.inf, ValueError, "positive and finite, got inf"),
    (checks.check_positive, math.nan, ValueError, "positive and finite, got nan"),
    (checks.check_count, 2.0, TypeError, "an integer, got a float"),
    (checks.check_count, True, TypeError, "an integer, got a bool"),
    (checks.check_count, 0, ValueError, "at least 1, got 0"),
    (checks.check_module, torch.relu, TypeError, "a module, got builtin_function"),
]


@pytest.mark.parametrize(("check", "value"), GOOD)
def test_good_input_passes(check, value):
    assert check("x", value) is None


@pytest.mark.parametrize(("check", "value", "error", "message"), BAD)
def test_bad_input_is_named(check, value, error, message):
    with pytest.raises(error, match=f"^x must be {message}"):
        check("x", value)


def test_a_count_may_have_an_upper_end():
    checks.check_count("x", 3, most=3)
    checks.check_count("x", 0, least=0, most=3)
    with pytest.raises(ValueError, match="x must be from 1 to 3, got 4"):
        checks.check_count("x", 4, most=3)
    with pytest.raises(ValueError, match="x must be from 2 to 3, got 1"):
        checks.check_count("x", 1, least=2, most=3)


def test_a_tensor_that_requires_gradients_is_checked_without_them():
    values = torch.tensor([1.0, math.inf], requires_grad=True)
    with pytest.raises(ValueError, match="x must be finite, got inf"):
        checks.check_finite("x", values)
