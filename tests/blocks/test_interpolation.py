"""Checks of dlnotes.blocks.interpolation."""

import pytest
import torch

from dlnotes.blocks.interpolation import interpolate_points, inverse_distance_weights


def scene(rng):
    make = {"dtype": torch.float64}
    return (
        torch.randn(2, 7, 4, **make, generator=rng()),
        torch.randn(2, 7, 3, **make, generator=rng(1)),
        torch.randn(2, 5, 3, **make, generator=rng(2)),
    )


@pytest.mark.parametrize("power", [1.0, 2.0])
@pytest.mark.parametrize("masked", [False, True])
def test_values_are_weighted_means_of_the_nearest(power, masked, rng):
    values, points, queries = scene(rng)
    mask = torch.arange(7) < torch.tensor([[7], [2]])
    found = interpolate_points(
        *(values, points, queries),
        power=power,
        mask=mask if masked else None,
        eps=1e-30,
    )
    for b in range(2):
        some = range(2) if masked and b else range(7)
        for m in range(5):
            gaps = {i: (points[b, i] - queries[b, m]).norm().item() for i in some}
            three = sorted(gaps, key=gaps.get)[:3]
            weights = [gaps[i] ** -power for i in three]
            pairs = zip(weights, three, strict=True)
            mean = sum(w * values[b, i] for w, i in pairs) / sum(weights)
            torch.testing.assert_close(found[b, m], mean, rtol=1e-12, atol=1e-12)


def test_on_a_point_its_own_value_is_found(rng):
    """Others have weights of about eps over their squared distance."""
    values, points, _ = scene(rng)
    found = interpolate_points(values, points, points)
    torch.testing.assert_close(found, values, rtol=0, atol=1e-6)


def test_a_constant_stays_one(rng):
    _, points, queries = scene(rng)
    constant = torch.full((2, 7, 1), 3.0, dtype=torch.float64)
    found = interpolate_points(constant, points, queries, k=5)
    torch.testing.assert_close(found, constant[:, :5], rtol=0, atol=1e-14)


def test_a_cloud_without_points_gives_zero(rng):
    values, points, queries = scene(rng)
    mask = torch.tensor([[True] * 7, [False] * 7])
    found = interpolate_points(values, points, queries, mask=mask)
    assert (found[1] == 0).all()
    assert (found[0] != 0).all()


def test_gradients_reach_values_points_and_queries(rng):
    inputs = [x.requires_grad_() for x in scene(rng)]
    assert torch.autograd.gradcheck(interpolate_points, inputs)


def test_a_small_eps_and_a_large_power_do_not_overflow():
    """The weight of the first alone would be 1e60, which float32 does not hold."""
    squares = torch.tensor([0.0, 1.0])
    weights = inverse_distance_weights(squares, power=4.0, eps=1e-30)
    assert weights.tolist() == [1, 0]


def test_a_mask_of_another_kind_is_refused():
    squares = torch.ones(2, 3)
    with pytest.raises(TypeError, match="real must hold truth values"):
        inverse_distance_weights(squares, real=torch.ones(2, 3))
    with pytest.raises(ValueError, match=r"real must have shape \(2, 3\)"):
        inverse_distance_weights(squares, real=torch.ones(2, 2) > 0)
