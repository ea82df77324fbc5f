"""Checks of dlnotes.blocks.pooling."""

import pytest
import torch

from dlnotes.blocks.pooling import masked_max, masked_mean


def scene(rng):
    values = torch.randn(3, 5, 4, dtype=torch.float64, generator=rng())
    real = torch.arange(5) < torch.tensor([[5], [2], [1]])
    return values, real.flip(1)


@pytest.mark.parametrize(
    ("pool", "plain"),
    [(masked_max, lambda x: x.amax(0)), (masked_mean, lambda x: x.mean(0))],
)
def test_only_what_is_real_counts(pool, plain, rng):
    values, real = scene(rng)
    found = pool(values.where(real[..., None], 1e300), real)
    for b in range(3):
        torch.testing.assert_close(found[b], plain(values[b, real[b]]))
        torch.testing.assert_close(pool(values)[b], plain(values[b]))
    assert torch.equal(pool(values, real & False), torch.zeros(3, 4).double())


def test_one_of_equal_largest_values_gets_the_gradient():
    values = torch.tensor([[2.0], [1.0], [2.0], [9.0]], requires_grad=True)
    real = torch.tensor([True, True, True, False])
    masked_max(values, real).sum().backward()
    assert sorted(values.grad.flatten().tolist()) == [0, 0, 0, 1]
    assert values.grad[1] == values.grad[3] == 0


def test_what_is_no_truth_value_is_refused(rng):
    values, real = scene(rng)
    with pytest.raises(TypeError, match="real must hold truth values, got"):
        masked_max(values, real.long())
