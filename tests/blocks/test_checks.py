"""Bad input is refused by a message with its name and value; good input passes."""

import math
from collections import namedtuple

import numpy as np
import pytest
import torch
from torch import nn

from dlnotes.blocks import checks

Pair = namedtuple("Pair", "one other")
PAIR = Pair(torch.tensor(1), torch.tensor(True))

GOOD = [
    (checks.check_tensor, torch.tensor(True)),
    (checks.check_members, PAIR),
    (checks.check_members, Pair(torch.tensor(1), PAIR)),
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
    (checks.check_tensor, "1", TypeError, "a tensor, got str"),
    (checks.check_tensor, np.ones(2), TypeError, "a tensor, got ndarray"),
    (checks.check_members, None, TypeError, "a named tuple of tensors, got NoneType"),
    (checks.check_members, (PAIR.one,), TypeError, "a named tuple of .* got tuple"),
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
    (checks.check_positive, math.inf, ValueError, "finite, got inf"),
    (checks.check_positive, math.nan, ValueError, "finite, got nan"),
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


@pytest.mark.parametrize("wrong", [None, [1.0], "1"])
def test_members_are_named_one_by_one(wrong):
    with pytest.raises(TypeError, match=r"^x\.other must be a tensor"):
        checks.check_members("x", PAIR._replace(other=wrong))
    with pytest.raises(TypeError, match=r"^x\.one\.other must be a tensor"):
        checks.check_members("x", Pair(PAIR._replace(other=wrong), PAIR.one))


def test_only_some_members_may_be_none():
    checks.check_members("x", PAIR._replace(other=None), optional=("other",))
    with pytest.raises(TypeError, match=r"^x\.one must be a tensor, got NoneType"):
        checks.check_members("x", Pair(None, None), optional=("other",))


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


@pytest.mark.parametrize("value", [1e-50, -1e-45, 1e39, 2**130])
def test_a_number_must_fit_the_dtype_that_it_meets(value):
    """Below the smallest normal number of float32, or beyond its largest."""
    checks.check_real("x", value, like=torch.zeros(1, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"^x must be representable in torch\.float32"):
        checks.check_real("x", value, like=torch.zeros(1))


@pytest.mark.parametrize("value", [0.0, 1.1754944e-38, 3.4e38, -2])
def test_a_number_that_fits_passes(value):
    checks.check_real("x", value, like=torch.zeros(1))


def test_a_parameter_may_be_a_tensor():
    like = torch.zeros(5, 3)
    for shape in ((), (3,), (5, 1), (2, 5, 3)):
        checks.check_positive("x", torch.ones(shape), like=like)
    with pytest.raises(
        ValueError, match=r"^x must broadcast to shape \(5, 3\), got .*4"
    ):
        checks.check_positive("x", torch.ones(4), like=like)
    with pytest.raises(ValueError, match=r"^x must be positive and finite, got -1\.0"):
        checks.check_positive("x", torch.tensor([1.0, -1.0, 0.0]), like=like)
    with pytest.raises(TypeError, match=r"^x must be floating-point"):
        checks.check_positive("x", torch.tensor(1), like=like)


def test_a_parameter_of_a_row_has_a_last_axis_of_size_one():
    like = torch.zeros(5, 3)
    for shape in ((), (1,), (5, 1), (2, 5, 1)):
        checks.check_positive("x", torch.ones(shape), like=like, row=True)
    for shape in ((3,), (5, 3), (4, 1)):
        with pytest.raises(ValueError, match=r"^x must broadcast to shape \(5, 1\)"):
            checks.check_positive("x", torch.ones(shape), like=like, row=True)


def test_a_parameter_of_a_row_takes_the_shape_of_the_result():
    assert checks.per_row(0.5) == 0.5
    assert checks.per_row(torch.ones(5, 1)).shape == (5,)
    assert checks.per_row(torch.tensor(2.0)).shape == ()


def test_known_values_share_memory_and_others_are_none():
    tensor = torch.zeros(3, requires_grad=True)
    array = checks.known_values(tensor)
    array[1] = 2
    assert tensor.tolist() == [0, 2, 0]
    assert checks.known_values(torch.zeros(3, device="meta")) is None
    told = []
    torch.func.vmap(lambda x: told.append(checks.known_values(x)) or x)(tensor)
    assert told == [None]


def test_values_are_assumed_good_where_they_are_not_known():
    bad = torch.tensor([[1.0, math.nan]])
    assert not checks.holds(bad.isfinite())
    assert checks.holds(torch.tensor([]).isfinite())
    checks.check_finite("x", bad.to("meta"))

    def checked(x):
        checks.check_finite("x", x)
        return 2 * x

    assert torch.func.vmap(checked)(bad)[0, 0] == 2
    assert torch.compile(checked, fullgraph=True, backend="eager")(bad)[0, 0] == 2
    with pytest.raises(ValueError, match="x must be finite, got nan"):
        torch.func.grad(lambda x: checked(x).sum())(bad)


@pytest.mark.parametrize(
    ("one", "other", "fit"),
    [((), (2,), True), ((3, 1), (2,), True), ((3, 2), (3,), False), ((0,), (1,), True)],
)
def test_shapes_broadcast_as_torch_says(one, other, fit):
    assert checks.broadcasts(one, other) is checks.broadcasts(other, one) is fit
    try:
        torch.broadcast_shapes(one, other)
    except RuntimeError:
        assert not fit
    else:
        assert fit


@pytest.mark.parametrize("value", [1, 1.5, -0.1])
def test_a_share_that_is_none_or_all_is_refused(value):
    checks.check_rate("x", 0)
    with pytest.raises(ValueError, match=f"x must be at least 0 .* got {value}"):
        checks.check_rate("x", value)
