"""Checks of dlnotes.votenet.voting."""

import pytest
import torch

from dlnotes.votenet.voting import Voting, cast_votes, seed_truths, vote_loss
from tests.weights import enliven


def scene(rng, factor=2, truths=3):
    """Seeds, of which some are on no object, some on several."""
    draw = rng()
    votes = torch.randn(2, 6, factor, 3, dtype=torch.float64, generator=draw)
    places = torch.randn(2, 6, truths, 3, dtype=torch.float64, generator=draw)
    known = torch.randint(0, truths + 1, (2, 6, 1), generator=draw)
    return votes, places, torch.arange(truths) < known


@pytest.mark.parametrize("factor", [1, 3])
def test_votes_are_seeds_and_features_with_what_layers_add(factor, rng):
    """Eq. (votes), one seed and one number after the other."""
    voting = Voting(4, vote_factor=factor).double()
    enliven(voting, rng(1))
    seeds = torch.randn(2, 5, 3, dtype=torch.float64, generator=rng(2))
    features = torch.randn(2, 5, 4, dtype=torch.float64, generator=rng(3))
    votes = voting.eval()(seeds, features)
    assert votes.places.shape == (2, 5, factor, 3)
    for b in range(2):
        for m in range(5):
            hidden = features[b, m]
            for linear, norm, _ in voting.layers.layers:
                hidden = linear.weight @ hidden + linear.bias
                scale = norm.weight / (norm.running_var + norm.eps).sqrt()
                hidden = (scale * (hidden - norm.running_mean) + norm.bias).relu()
            moves = voting.output.weight @ hidden + voting.output.bias
            for f in range(factor):
                move = moves[7 * f : 7 * f + 7]
                torch.testing.assert_close(
                    votes.places[b, m, f], seeds[b, m] + move[:3]
                )
                wanted = features[b, m] + move[3:]
                wanted = wanted / wanted.square().sum().sqrt()
                torch.testing.assert_close(votes.features[b, m, f], wanted)


def test_the_published_network_has_its_number_of_parameters():
    """Eq. (votes): two layers of 256, and one of 259 numbers for each vote."""
    for factor in (1, 3):
        count = sum(p.numel() for p in Voting(256, vote_factor=factor).parameters())
        layers = 2 * (256 * 256 + 256 + 2 * 256)
        assert count == layers + 257 * 259 * factor


def test_features_without_length_stay_zero_with_a_finite_gradient():
    moves = torch.zeros(1, 1, 1, 5, requires_grad=True)
    votes = cast_votes(torch.zeros(1, 1, 3), torch.zeros(1, 1, 2), moves)
    votes.features.sum().backward()
    assert torch.equal(votes.features, torch.zeros(1, 1, 1, 2))
    assert moves.grad.isfinite().all()


@pytest.mark.parametrize("size", [1e-35, 1e-24, 1.0, 1e20, 1e37])
def test_features_whose_squares_vanish_or_overflow_get_length_one(size):
    """Eq. (votes): in float32, 3 and 4 of any size."""
    features = size * torch.tensor([[[3.0, 4.0]]])
    votes = cast_votes(torch.zeros(1, 1, 3), features, torch.zeros(1, 1, 1, 5))
    torch.testing.assert_close(votes.features[0, 0, 0], torch.tensor([0.6, 0.8]))


def test_a_sum_of_features_that_overflows_is_refused_by_name():
    moves = torch.full((1, 1, 1, 5), 3e38)
    with pytest.raises(ValueError, match=r"features \+ moves must be finite, got inf"):
        cast_votes(torch.zeros(1, 1, 3), moves[0, ..., 3:], moves)


def plain_vote_loss(votes, truths, real):
    """The least of all sums of absolute differences, seed by seed."""
    found = []
    for b in range(len(votes)):
        for m in range(votes.shape[1]):
            pairs = [
                sum(abs(float(v) - float(t)) for v, t in zip(vote, truth, strict=True))
                for vote in votes[b, m]
                for truth, counts in zip(truths[b, m], real[b, m], strict=True)
                if counts
            ]
            found += [min(pairs)] if pairs else []
    return sum(found) / len(found)


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("truths", [1, 3])
def test_of_votes_and_truths_the_nearest_pair_counts(factor, truths, rng):
    """Eq. (vote-loss), against loops over seeds, votes and truths."""
    given = scene(rng, factor, truths)
    assert float(vote_loss(*given)) == pytest.approx(plain_vote_loss(*given))


def test_repeated_truths_are_as_good_as_a_mask(rng):
    """Eq. (vote-loss): the published program repeats the one truth three times."""
    votes, truths, _ = scene(rng)
    on = torch.arange(6) < torch.tensor([[4], [2]])
    repeated = truths[:, :, :1].expand(-1, -1, 3, -1)
    once = on[..., None] & torch.tensor([True, False, False])
    torch.testing.assert_close(
        vote_loss(votes, repeated, on[..., None].expand(-1, -1, 3)),
        vote_loss(votes, truths, once),
    )


def test_votes_of_the_background_and_padding_do_not_count(rng):
    """Eq. (vote-loss): neither in the value nor in the gradient."""
    votes, truths, real = scene(rng)
    changed = truths.where(real[..., None], 1e6)
    moved = votes.where(real.any(-1)[..., None, None], -1e6).requires_grad_()
    loss = vote_loss(moved, changed, real)
    torch.testing.assert_close(loss, vote_loss(votes, truths, real))
    loss.backward()
    assert not moved.grad[~real.any(-1)].any()
    order = torch.tensor([2, 0, 1])
    permuted = vote_loss(votes, truths[:, :, order], real[..., order])
    torch.testing.assert_close(permuted, loss.detach())


def test_on_the_truth_the_loss_is_zero_and_its_gradient_finite(rng):
    """Eq. (vote-loss) at votes that coincide with truths."""
    _, truths, real = scene(rng)
    votes = truths[:, :, :1].clone().requires_grad_()
    loss = vote_loss(votes, truths, real)
    loss.backward()
    assert loss == 0
    assert votes.grad.isfinite().all()
    nobody = vote_loss(votes, truths, real & False)
    assert nobody == 0


def test_true_votes_are_offsets_added_to_the_seeds(rng):
    """Eq. (vote-loss): what is stored for points is taken for those that are seeds."""
    points = torch.randn(2, 9, 3, dtype=torch.float64, generator=rng())
    goal = torch.randn(2, 9, 2, 3, dtype=torch.float64, generator=rng(1))
    on = torch.rand(2, 9, 2, generator=rng(2)) < 0.5
    seeds = torch.tensor([[8, 0, 3], [1, 1, 5]])
    places = torch.stack([points[b, seeds[b]] for b in range(2)])
    truths, real = seed_truths(seeds, places, goal - points[:, :, None], on)
    single = seed_truths(seeds, places, goal[:, :, 0] - points, on[..., 0])
    for b in range(2):
        for m, number in enumerate(seeds[b]):
            torch.testing.assert_close(truths[b, m], goal[b, number])
            assert torch.equal(real[b, m], on[b, number])
            torch.testing.assert_close(single[0][b, m, 0], goal[b, number, 0])
            assert single[1][b, m, 0] == on[b, number, 0]


def test_features_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"features must have shape \(1, 2, 4\)"):
        Voting(4)(torch.zeros(1, 2, 3), torch.zeros(1, 2, 5))
    with pytest.raises(ValueError, match="vote_factor must be at least 1, got 0"):
        Voting(4, vote_factor=0)
