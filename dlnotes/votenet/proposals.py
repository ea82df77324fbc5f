"""Proposals: what a network says of each cluster, and the boxes that this means."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_floating,
    check_members,
    check_positive,
)
from dlnotes.blocks.grouping import check_cloud, check_index
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.votenet.headings import headings_of_bins, sizes_of_residuals

SMALLEST = 0.01  # of the mean side: what a box has where a network finds a negative one


class Proposals(NamedTuple):
    """What a network says of `K` clusters, in the order of its outputs.

    Attributes:
        objectness: Scores of "no object" and "object", shape `(B, K, 2)`.
        centers: Of the boxes, shape `(B, K, 3)`.
        heading_scores: Of the bins, shape `(B, K, NH)`.
        heading_residuals: For each bin, in halves of it, shape `(B, K, NH)`.
        size_scores: Of the mean sizes, shape `(B, K, NS)`.
        size_residuals: For each of them, in parts of it, shape `(B, K, NS, 3)`.
        class_scores: Shape `(B, K, NC)`.
    """

    objectness: Tensor
    centers: Tensor
    heading_scores: Tensor
    heading_residuals: Tensor
    size_scores: Tensor
    size_residuals: Tensor
    class_scores: Tensor


class Detections(NamedTuple):
    """What a network says of clouds.

    Attributes:
        seeds: Their numbers among the points of a cloud, shape `(B, M)`.
        places: Of the seeds, shape `(B, M, 3)`.
        votes: Of each seed, shape `(B, M, F, 3)`; without voting the seeds, `F = 1`.
        chosen: Which of the `M * F` votes are centers of clusters, shape `(B, K)`.
        clusters: These votes, shape `(B, K, 3)`.
        proposals: One for each cluster.
    """

    seeds: Tensor
    places: Tensor
    votes: Tensor
    chosen: Tensor
    clusters: Tensor
    proposals: Proposals


def output_parts(bins: int, sizes: int, classes: int) -> tuple[int, ...]:
    """Count the outputs of each kind for one proposal, Eq. (outputs).

    Args:
        bins: Of the heading, `NH`.
        sizes: How many mean sizes there are, `NS`.
        classes: How many there are, `NC`.

    Returns:
        The lengths of the fields of `Proposals`, in this order.

    Examples:
        >>> sum(output_parts(12, 10, 10)), sum(output_parts(1, 18, 18))
        (79, 97)
    """
    for name, value in {"bins": bins, "sizes": sizes, "classes": classes}.items():
        check_count(name, value)
    return 2, 3, bins, bins, sizes, 3 * sizes, classes


@half_to_single
def split_outputs(
    outputs: Tensor, clusters: Tensor, *, bins: int, sizes: int
) -> Proposals:
    """Read proposals from the outputs of a network.

    Args:
        outputs: Shape `(B, K, 5 + 2 * bins + 4 * sizes + classes)`.
        clusters: Where the clusters are, shape `(B, K, 3)`; the network finds the
            centers of the boxes as seen from there.
        bins: Of the heading.
        sizes: How many mean sizes there are.

    Returns:
        The proposals.
    """
    check_cloud("clusters", clusters)
    check_finite("outputs", outputs)
    known = sum(output_parts(bins, sizes, 1)) - 1
    fits = outputs.ndim == 3 and outputs.shape[-1] > known
    if not fits or (*outputs.shape[:2], 3) != clusters.shape:
        shapes = tuple(outputs.shape), tuple(clusters.shape)
        wanted = f"(B, K, {known} + classes) and (B, K, 3)"
        raise ValueError(f"outputs and clusters must be {wanted}, got {shapes}")
    classes = outputs.shape[-1] - known
    parts = list(torch.split(outputs, list(output_parts(bins, sizes, classes)), -1))
    parts[1] = clusters + parts[1]
    parts[5] = parts[5].reshape(*outputs.shape[:2], sizes, 3)
    return Proposals(*parts)


@half_to_single
def decode_boxes(proposals: Proposals, means: Tensor) -> Tensor:
    """Make boxes of proposals, by the bin and the size with the highest scores.

    Args:
        proposals: What a network says.
        means: The mean sizes, positive, shape `(NS, 3)`.

    Returns:
        Center, side lengths and heading, shape `(B, K, 7)`; no side is shorter than a
        hundredth of its mean. With one bin the heading is 0, whatever the residual.
    """
    check_members("proposals", proposals)
    check_finite("centers", proposals.centers)
    validate_means(means, proposals.size_scores.shape[-1])
    bins = proposals.heading_scores.shape[-1]
    turned = proposals.heading_scores.detach().argmax(-1)
    rest = proposals.heading_residuals.gather(-1, turned[..., None])[..., 0]
    headings = (
        headings_of_bins(turned, rest, bins) if bins > 1 else torch.zeros_like(rest)
    )
    kind = proposals.size_scores.detach().argmax(-1)
    mean = means[kind].to(rest.dtype)
    found = sizes_of_residuals(take_residuals(proposals.size_residuals, kind), mean)
    sizes = torch.maximum(found, SMALLEST * mean)
    return torch.cat([proposals.centers, sizes, headings[..., None]], -1)


@widen_half
def proposal_scores(proposals: Proposals) -> Tensor:
    """Score each class by the probability of an object times that of the class.

    Args:
        proposals: What a network says.

    Returns:
        Shape `(B, K, NC)`, from 0 to 1.
    """
    check_members("proposals", proposals)
    check_finite("objectness", proposals.objectness)
    check_finite("class_scores", proposals.class_scores)
    there = proposals.objectness.softmax(-1)[..., 1:]
    return there * proposals.class_scores.softmax(-1)


class ProposalHead(nn.Module):
    """Make proposals of the features of clusters, Eq. (proposal).

    Args:
        channels: Of the features.
        bins: Of the heading.
        sizes: How many mean sizes there are.
        classes: How many there are.
        hidden: Widths of the layers before the last.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        channels: int,
        *,
        bins: int,
        sizes: int,
        classes: int,
        hidden: Sequence[int] = (128, 128),
        norm: Callable[[int], nn.Module] | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        check_count("channels", channels)
        self.bins, self.sizes = bins, sizes
        self.layers = Pointwise([channels, *hidden], norm=norm, bias=True)
        length = sum(output_parts(bins, sizes, classes))
        self.output = nn.Linear([channels, *hidden][-1], length)

    def forward(self, features: Tensor, clusters: Tensor) -> Proposals:
        """Map features `(B, K, C)` of clusters at `(B, K, 3)` to proposals."""
        check_input("clusters", clusters, ("B", "K", 3), like=self, half=False)
        sizes = (*clusters.shape[:2], self.layers.channels)
        check_input("features", features, sizes, like=self)
        outputs = cast(Tensor, self.output(self.layers(features)))
        return split_outputs(outputs, clusters, bins=self.bins, sizes=self.sizes)


def validate_means(means: Tensor, sizes: int | None = None) -> None:
    """Refuse what is no list of mean sizes.

    Args:
        means: The tensor to check.
        sizes: How many there should be; `None` allows any number.
    """
    check_floating("means", means)
    check_positive("means", means)
    given = tuple(means.shape)
    wanted = ("NS" if sizes is None else sizes, 3)
    if means.ndim != 2 or means.shape[1] != 3:
        raise ValueError(f"means must be {wanted}, got {given}")
    if sizes is not None and len(means) != sizes:
        raise ValueError(f"means must be {wanted}, got {given}")


def take_residuals(residuals: Tensor, kinds: Tensor) -> Tensor:
    """Take of residuals `(B, K, N, R)` those of the numbers `(B, K)`."""
    check_floating("residuals", residuals)
    check_index("kinds", kinds, residuals[..., 0].mT)
    index = kinds[..., None, None].expand(*kinds.shape, 1, residuals.shape[-1])
    return residuals.gather(2, index)[:, :, 0]
