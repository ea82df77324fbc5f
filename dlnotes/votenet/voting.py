"""Votes: each seed says where the center of its object is, and what it knows of it."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_tensor,
)
from dlnotes.blocks.distances import safe_root
from dlnotes.blocks.grouping import (
    check_cloud,
    check_index,
    check_truth,
    gather_points,
)
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.magnitude import near_one
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.precision import half_to_single
from dlnotes.votenet._means import mean_where


class Votes(NamedTuple):
    """Votes of each seed.

    Attributes:
        places: Where they lie, shape `(B, M, F, 3)`.
        features: Of length 1, shape `(B, M, F, C)`.
    """

    places: Tensor
    features: Tensor


@half_to_single
def cast_votes(seeds: Tensor, features: Tensor, moves: Tensor) -> Votes:
    """Add to seeds and features what a network found, Eq. (votes).

    A sum of features that is zero, or below the normal numbers of its dtype, stays.

    Args:
        seeds: Shape `(B, M, 3)`.
        features: Of the seeds, shape `(B, M, C)`.
        moves: For each of `F` votes an offset and a residual of the features, in this
            order, shape `(B, M, F, 3 + C)`.

    Returns:
        The votes.

    Examples:
        >>> import torch
        >>> seeds, features = torch.zeros(1, 1, 3), torch.tensor([[[3.0, 0.0]]])
        >>> moves = torch.tensor([[[[1.0, 2.0, 0.5, 0.0, 4.0]]]])
        >>> votes = cast_votes(seeds, features, moves)
        >>> votes.places[0, 0], votes.features[0, 0]
        (tensor([[1.0000, 2.0000, 0.5000]]), tensor([[0.6000, 0.8000]]))
    """
    check_cloud("seeds", seeds)
    check_finite("features", features)
    check_finite("moves", moves)
    wanted = (*features.shape[:2], 3 + features.shape[-1])
    if seeds.shape[-1] != 3 or features.shape[:-1] != seeds.shape[:2]:
        shapes = tuple(seeds.shape), tuple(features.shape)
        raise ValueError(f"must be (B, M, 3) and (B, M, C), got {shapes}")
    if moves.ndim != 4 or (*moves.shape[:2], moves.shape[3]) != wanted:
        shape = tuple(moves.shape)
        raise ValueError(f"moves must be (B, M, F, {wanted[-1]}), got {shape}")
    moved = features[:, :, None] + moves[..., 3:]
    check_finite("features + moves", moved)
    moved = near_one(moved)
    norm = safe_root(moved.square().sum(-1, keepdim=True))
    return Votes(seeds[:, :, None] + moves[..., :3], moved / norm.where(norm > 0, 1))


@half_to_single
def vote_loss(votes: Tensor, truths: Tensor, real: Tensor) -> Tensor:
    """Measure how far the best vote of each seed is from a truth, Eq. (vote-loss).

    Distances are sums of absolute differences. What seeds on no object vote for does
    not count.

    Args:
        votes: Of each seed, shape `(B, M, F, 3)`, one or more.
        truths: Centers of the objects that the seed may be on, shape `(B, M, T, 3)`,
            one or more; the published program has three.
        real: Which of these are no padding, truth values `(B, M, T)`; a seed on no
            object has none.

    Returns:
        The mean over all seeds on objects of the batch, shape `()`; 0 without any.

    Examples:
        >>> import torch
        >>> votes = torch.tensor([[[[0.0, 0.0, 1.0]], [[5.0, 5.0, 5.0]]]])
        >>> truths = torch.zeros(1, 2, 1, 3)
        >>> vote_loss(votes, truths, torch.tensor([[[True], [False]]]))
        tensor(1.)
    """
    for name, tensor in {"votes": votes, "truths": truths}.items():
        check_finite(name, tensor)
        if tensor.ndim != 4 or tensor.shape[-1] != 3 or not tensor.shape[2]:
            shape = tuple(tensor.shape)
            raise ValueError(f"{name} must be (B, M, one or more, 3), got {shape}")
    if votes.shape[:2] != truths.shape[:2]:
        shapes = tuple(votes.shape), tuple(truths.shape)
        raise ValueError(f"votes and truths must have as many seeds, got {shapes}")
    check_tensor("real", real)
    check_truth("real", real, truths.shape[:3])
    table = (votes[:, :, :, None] - truths[:, :, None]).abs().sum(-1)
    best = table.where(real[:, :, None], float("inf")).flatten(2).min(-1).values
    seen = real.any(-1)
    return mean_where(best.where(seen, 0), seen)


@half_to_single
def seed_truths(
    seeds: Tensor, places: Tensor, shifts: Tensor, on_object: Tensor
) -> tuple[Tensor, Tensor]:
    """Take the true votes of those points of a cloud that are seeds, as places.

    Args:
        seeds: Numbers of the points, shape `(B, M)`.
        places: Of the seeds, shape `(B, M, 3)`.
        shifts: Of each point the offset to the center of its object, `(B, N, 3)`, or to
            those of several, `(B, N, T, 3)`.
        on_object: Whether there is one, truth values `(B, N)` or `(B, N, T)`.

    Returns:
        Places `(B, M, T, 3)`, and which are real, truth values `(B, M, T)`.
    """
    check_finite("places", places)
    check_finite("shifts", shifts)
    check_tensor("on_object", on_object)
    check_truth("on_object", on_object, shifts.shape[:-1])
    if shifts.ndim == 3:
        shifts, on_object = shifts[:, :, None], on_object[:, :, None]
    if shifts.ndim != 4 or shifts.shape[-1] != 3 or not shifts.shape[2]:
        raise ValueError(f"shifts must be (B, N, T, 3), got {tuple(shifts.shape)}")
    check_index("seeds", seeds, shifts.flatten(2))
    if places.shape != (*seeds.shape, 3):
        shapes = tuple(seeds.shape), tuple(places.shape)
        raise ValueError(f"must be (B, M) and (B, M, 3), got {shapes}")
    count = shifts.shape[2]
    moved = gather_points(shifts.flatten(2), seeds)
    index = seeds[..., None].expand(-1, -1, count)
    truths = places[:, :, None] + moved.view(*seeds.shape, count, 3)
    return truths, on_object.gather(1, index)


class Voting(nn.Module):
    """Let each seed vote, by layers that all seeds share, Eq. (votes).

    Args:
        channels: Of the features of a seed, `C`.
        vote_factor: How many votes a seed has, `F`.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        channels: int,
        *,
        vote_factor: int = 1,
        norm: Callable[[int], nn.Module] | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        check_count("channels", channels)
        check_count("vote_factor", vote_factor)
        self.channels, self.vote_factor = channels, vote_factor
        self.layers = Pointwise([channels] * 3, norm=norm, bias=True)
        self.output = nn.Linear(channels, vote_factor * (3 + channels))

    def forward(self, seeds: Tensor, features: Tensor) -> Votes:
        """Make votes of seeds `(B, M, 3)` with features `(B, M, C)`."""
        check_input("seeds", seeds, ("B", "M", 3), like=self, half=False)
        sizes = (*seeds.shape[:2], self.channels)
        check_input("features", features, sizes, like=self)
        moves = self.output(self.layers(features))
        split = moves.unflatten(-1, (self.vote_factor, 3 + self.channels))
        return cast_votes(seeds, features, split)
