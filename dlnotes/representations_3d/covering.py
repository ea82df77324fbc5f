"""How well a few chosen points cover their cloud."""

from torch import Tensor

from dlnotes.blocks.grouping import check_cloud, check_index, gather_points
from dlnotes.blocks.precision import half_to_single
from dlnotes.representations_3d.symmetric import directed_distance


@half_to_single
def covering_radius(
    points: Tensor, chosen: Tensor, *, mask: Tensor | None = None
) -> Tensor:
    """Find the largest distance of a point from the chosen ones, Eq. (covering-radius).

    That of `farthest_points` is at most twice the smallest that as many points can have
    (Gonzalez 1985).

    Args:
        points: Shape `(B, N, D)`, one real point or more.
        chosen: Numbers of the chosen points, integers `(B, K)`; repeated ones count
            once.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Shape `(B,)`.

    Examples:
        >>> import torch
        >>> line = torch.tensor([[[0.0], [1.0], [4.0]]])
        >>> covering_radius(line, torch.tensor([[0]]))
        tensor([4.])
    """
    check_cloud("points", points)
    check_index("chosen", chosen, points)
    centers = gather_points(points, chosen)
    if chosen.ndim != 2 or not chosen.shape[1]:
        shape = tuple(chosen.shape)
        raise ValueError(f"chosen must be (B, K), K at least 1, got {shape}")
    return directed_distance(points, centers, mask=mask)
