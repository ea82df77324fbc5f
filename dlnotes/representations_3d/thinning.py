"""Points left out at random while a network learns."""

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_finite, check_rate
from dlnotes.blocks.grouping import check_cloud, check_truth
from dlnotes.blocks.precision import half_to_single


@half_to_single
def keep_points(
    points: Tensor,
    most: float = 0.95,
    *,
    mask: Tensor | None = None,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Draw a share for each cloud, and leave out each point with this probability.

    The share is uniform from 0 to `most` (Qi et al. 2017b, section 3.3). The paper has
    0.95, the authors' program 0.875. One point at least is kept of each cloud that has
    a real one.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        most: The largest share, from 0 to below 1.
        mask: Which points are real, truth values `(B, N)`; by default all are.
        noise: Uniform numbers from 0 to 1, `(B, 1 + N)`, one for the share and one for
            each point; by default they are drawn.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Which points are real and kept, `(B, N)`: a mask for a network.
    """
    check_cloud("points", points)
    if not points.shape[1]:
        raise ValueError(f"points must be one or more, got {tuple(points.shape)}")
    check_rate("most", most)
    check_truth("mask", mask, points.shape[:2])
    batch, count, _ = points.shape
    if noise is None:
        shape = batch, 1 + count
        noise = torch.rand(shape, device=points.device, generator=generator)
    check_finite("noise", noise)
    if noise.shape != (batch, 1 + count):
        given = tuple(noise.shape)
        raise ValueError(f"noise must be ({batch}, {1 + count}), got {given}")
    share, noise = most * noise[:, :1], noise[:, 1:]
    if mask is not None:
        noise = noise.where(mask, -1)
    kept = noise >= share.minimum(noise.amax(1, keepdim=True))
    return kept if mask is None else kept & mask


def repeat_first(points: Tensor, kept: Tensor) -> Tensor:
    """Put the point of number 0 where one was left out, as the published program does.

    The size of the table stays. To a largest value the copies are nothing, but farthest
    points and balls of a limited size see them.

    Args:
        points: Shape `(B, N, D)`; one point or more.
        kept: Which points are kept, truth values `(B, N)`.

    Returns:
        Shape `(B, N, D)`.
    """
    check_cloud("points", points)
    if not points.shape[1]:
        raise ValueError(f"points must be one or more, got {tuple(points.shape)}")
    if kept is None:
        raise TypeError("kept must hold truth values, got None")
    check_truth("kept", kept, points.shape[:2])
    return points.where(kept[..., None], points[:, :1])
