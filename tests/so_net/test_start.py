"""Checks of dlnotes.so_net.start."""

import pytest
import torch

from dlnotes.so_net.start import ball_nodes, repel, sort_to_grid


def energy(nodes):
    """Of charges that repel each other in a bowl."""
    pairs = torch.pdist(nodes).reciprocal().sum()
    return pairs + len(nodes) / 1.5 * nodes.square().sum() / 2


def test_nodes_descend_the_energy_of_charges_in_a_bowl(rng):
    """Eq. (potential-field), against the gradient of its energy."""
    nodes = torch.randn(20, 3, dtype=torch.float64, generator=rng())
    nodes = nodes.sign() * nodes.abs().clamp_min(0.02)  # where the wall acts
    nodes.requires_grad_()
    (slope,) = torch.autograd.grad(energy(nodes), nodes)
    # The program adds 1e-5 to distances, of which the smallest here is 0.2: the force
    # of a pair, at most 25, is less by a share of 3e-5 / 0.2; and a step takes 0.01.
    wanted = nodes - 0.01 * slope
    torch.testing.assert_close(repel(nodes, steps=1), wanted, rtol=0, atol=1e-3)
    assert torch.pdist(nodes).min() > 0.2


def test_after_a_hundred_steps_nodes_are_at_rest_in_a_ball(rng):
    start = 2 * torch.rand(64, 3, dtype=torch.float64, generator=rng()) - 1
    rest = repel(start)
    assert (repel(rest, steps=1) - rest).norm(dim=-1).max() < 0.01
    # Of forces at rest, the sum of force times place is 0: repulsion gives 1 / distance
    # for each pair, the wall takes stiffness times the squared radius.
    pulled = 64 / 1.5 * rest.square().sum()
    assert torch.pdist(rest).reciprocal().sum() == pytest.approx(
        float(pulled), rel=0.01
    )
    assert rest.norm(dim=-1).max() < 1.5 ** (1 / 3)
    assert rest.norm(dim=-1).mean() > 0.7  # a ball of radius 1.145 has 0.86


def moves(count, rate, rng):
    """The longest step after a hundred of them."""
    start = 2 * torch.rand(count, 3, dtype=torch.float64, generator=rng()) - 1
    rest = repel(start, rate=rate)
    return float((repel(rest, steps=1, rate=rate) - rest).norm(dim=-1).max()), rest


def test_from_a_hundred_nodes_on_the_published_rate_does_not_come_to_rest(rng):
    assert moves(90, 0.01, rng)[0] < 0.01
    assert moves(110, 0.01, rng)[0] > 0.1
    step, rest = moves(144, 0.005, rng)
    assert step < 0.01
    assert rest.norm(dim=-1).max() < 1.5 ** (1 / 3)
    # Repulsion falls by the square of a common factor, the wall grows by the factor.
    rest = repel(rest, steps=300, rate=0.003)
    excess = repel(1.001 * rest, steps=1, rate=0.01) / rest - 1
    size = rest.square()
    factor = (excess * size).sum() / size.sum() / 0.001
    assert float(factor) == pytest.approx(1 - 2 * 144 * 0.01, rel=0.01)


def test_the_wall_does_not_act_close_to_the_middle():
    alone = torch.tensor([[0.009, -0.011, 0.5]], dtype=torch.float64)
    moved = repel(alone, steps=1)
    wanted = alone * torch.tensor([1, 1 - 0.01 / 1.5, 1 - 0.01 / 1.5]).double()
    torch.testing.assert_close(moved, wanted)


def test_rows_follow_x_cells_follow_y_and_z_does_not_count(rng):
    nodes = torch.randn(12, 3, dtype=torch.float64, generator=rng())
    grid = sort_to_grid(nodes, (3, 4)).view(3, 4, 3)
    assert (grid[:-1, :, 0].amax(1) <= grid[1:, :, 0].amin(1)).all()
    assert (grid[:, 1:, 1] >= grid[:, :-1, 1]).all()
    flipped = sort_to_grid(nodes * nodes.new_tensor([1, 1, -1]), (3, 4)).view(3, 4, 3)
    assert torch.equal(flipped[..., :2], grid[..., :2])
    rows = {tuple(row) for row in nodes.tolist()}
    assert {tuple(row) for row in grid.flatten(0, 1).tolist()} == rows


def test_one_draw_is_one_start(rng):
    nodes = ball_nodes((3, 4), generator=rng())
    assert torch.equal(ball_nodes((3, 4), generator=rng()), nodes)
    assert nodes.shape == (12, 3)
    assert nodes.dtype == torch.float32
    flat = ball_nodes((2, 2), steps=1500, coordinates=2, generator=rng())
    # Four charges in a plane at rest: the corners of a square.
    sides = torch.pdist(flat).sort()[0]
    torch.testing.assert_close(sides[:4], sides[:1].expand(4), rtol=0.02, atol=0)
    torch.testing.assert_close(sides[4:], sides[:2] * 2**0.5, rtol=0.02, atol=0)


def test_nodes_that_fly_apart_are_refused(rng):
    """In the plane the force falls as in space, and throws more than some 40."""
    with pytest.raises(ValueError, match=r"rate must be less, with 0\.01"):
        ball_nodes(coordinates=2, generator=rng())
    calm = ball_nodes(coordinates=2, rate=2e-3, generator=rng())
    assert calm.norm(dim=-1).max() < 1.5
