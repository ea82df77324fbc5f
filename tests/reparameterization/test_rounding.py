"""Checks of dlnotes.reparameterization._rounding: what must not lose its digits."""

import mpmath
import pytest
import torch

from dlnotes.reparameterization._rounding import exp_minus_tangent


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_exponential_without_its_tangent_keeps_its_digits(dtype):
    """From 1e-15 to the far sides, beside 1 where the series ends, to 80 digits."""
    sizes = [1e-15, 1e-8, 1e-3, 0.3, 0.9999, 1.0, 1.0001, 4.0, 60.0]
    x = torch.tensor([*sizes, *(-s for s in sizes)], dtype=dtype)
    with mpmath.workdps(80):
        exact = [mpmath.exp(t) - 1 - t for t in map(mpmath.mpf, x.tolist())]
        for got, wanted in zip(exp_minus_tangent(x).tolist(), exact, strict=True):
            assert abs(got - wanted) < 8 * torch.finfo(dtype).eps * wanted
    x = x.requires_grad_()
    (slope,) = torch.autograd.grad(exp_minus_tangent(x).sum(), x)
    torch.testing.assert_close(slope, x.detach().expm1())
    assert exp_minus_tangent(torch.zeros((), dtype=dtype)) == 0
