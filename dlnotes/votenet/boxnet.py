"""BoxNet: the same network without votes, to see what the votes are worth."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from dlnotes.blocks.checks import check_floating, check_members, check_tensor
from dlnotes.blocks.grouping import check_cloud
from dlnotes.blocks.precision import half_to_single
from dlnotes.votenet.box_loss import (
    FACTOR,
    PARTS,
    add_losses,
    box_losses,
)
from dlnotes.votenet.model import VoteNet
from dlnotes.votenet.objectness import (
    Truths,
    assign_objects,
    objectness_loss,
    validate_truths,
)
from dlnotes.votenet.proposals import Detections
from dlnotes.votenet.voting import Votes, seed_truths


class BoxNet(VoteNet):
    """Make proposals of seeds: clusters lie on surfaces. Arguments as in `VoteNet`."""

    def make_voting(self, vote_factor: int) -> Callable[..., Any]:
        """Let each seed stand where it is, with its features as they are."""
        if vote_factor != 1:
            raise ValueError(f"vote_factor must be 1, got {vote_factor}")
        return seeds_as_votes


def seeds_as_votes(seeds: Tensor, features: Tensor) -> Votes:
    """Take seeds `(B, M, 3)` and their features `(B, M, C)` for votes."""
    check_cloud("seeds", seeds)
    check_floating("features", features)
    return Votes(seeds[:, :, None], features[:, :, None])


@half_to_single
def boxnet_loss(
    found: Detections,
    votes: tuple[Tensor, Tensor],
    truths: Truths,
    means: Tensor,
    *,
    weights: Mapping[str, float] = PARTS,
    factor: float = FACTOR,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Compare with the truth, without votes: positive is a seed on an object.

    There is no grey zone; each proposal is judged. In a cloud without a real object
    none is positive.

    Args:
        found: What `BoxNet` says.
        votes: As in `detection_loss`; of the offsets nothing is used.
        truths: As in `detection_loss`.
        means: As in `detection_loss`.
        weights: As in `detection_loss`.
        factor: As in `detection_loss`.

    Returns:
        The loss, shape `()`, and its parts, without weights.
    """
    check_members("found", found)
    for i, part in enumerate(votes):
        check_tensor(f"votes[{i}]", part)
    check_tensor("means", means)
    validate_truths(truths, len(means))
    nearest = assign_objects(found.clusters, truths.boxes[..., :3], mask=truths.real)
    on_object = seed_truths(found.seeds, found.places, *votes)[1].any(-1)
    somewhere = truths.real.any(1, keepdim=True)
    positive = on_object.gather(1, found.chosen) & somewhere
    assigned = nearest._replace(positive=positive, counted=positive | ~positive)
    scores = found.proposals.objectness
    parts = {
        "objectness": objectness_loss(scores, positive, assigned.counted),
        **box_losses(found.proposals, truths, assigned, means),
    }
    return add_losses(parts, weights=weights, factor=factor), parts
