"""Scans of ScanNet and SUN RGB-D, as the published program of VoteNet prepares them.

Both data sets ask for an agreement, so nothing is downloaded here: the published
program writes these files, and the readers bring both to one form.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.blocks.arrays import read_array

# Numbers of the 18 classes among the 40 of NYU, in the order of the classes here.
NYU40 = (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 24, 28, 33, 34, 36, 39)
SUNRGBD_CLASSES = 10


class Scan(NamedTuple):
    """One scan.

    Attributes:
        points: Shape `(N, 3)`, z upward.
        colors: From 0 to 1, shape `(N, 3)`.
        boxes: Center, full sizes, heading counter-clockwise, shape `(K, 7)`.
        classes: int64, shape `(K,)`.
        offsets: From each point to the centers of up to three objects that it is on,
            shape `(N, 3, 3)`; where there are fewer one comes again, where there is
            none they are 0.
        on_object: Which points are on an object, truth values `(N,)`.
    """

    points: Tensor
    colors: Tensor
    boxes: Tensor
    classes: Tensor
    offsets: Tensor
    on_object: Tensor


def read_scannet(folder: str | Path, name: str) -> Scan:
    """Read a scan of ScanNet.

    Four files `<name>_vert.npy`, `_sem_label.npy`, `_ins_label.npy` and `_bbox.npy` are
    read. Their boxes do not say to which points they belong, so a point votes for the
    middle of the box around all points of its object, as in the published program.

    Args:
        folder: Where the files are.
        name: Such as "scene0000_00".

    Returns:
        The scan; all headings are 0.
    """
    start = f"{Path(folder) / name}"
    vertices = _table(f"{start}_vert.npy", None, 6)
    boxes = _table(f"{start}_bbox.npy", None, 7)
    labels = [
        _whole(f"{start}_{which}_label.npy", len(vertices)) for which in ("sem", "ins")
    ]
    classes = _nyu_classes(f"{start}_bbox.npy", boxes[:, 6])
    _check_sizes(f"{start}_bbox.npy", boxes)
    points = vertices[:, :3]
    offsets, on_object = _instance_votes(points, *labels)
    boxes = torch.cat([boxes[:, :6], boxes.new_zeros(len(boxes), 1)], 1)
    offsets = offsets[:, None].expand(-1, 3, -1)
    return Scan(points, vertices[:, 3:] / 255, boxes, classes, offsets, on_object)


def read_sunrgbd(folder: str | Path, name: str) -> Scan:
    """Read a scan of SUN RGB-D.

    Three files `<name>_pc.npz`, `_bbox.npy` and `_votes.npz` are read. The files hold
    half lengths, and headings from the x axis towards the negative y axis; a `Scan` has
    full lengths, and headings towards the positive y axis.

    Args:
        folder: Where the files are.
        name: Such as "000001".

    Returns:
        The scan.
    """
    start = f"{Path(folder) / name}"
    cloud = _table(f"{start}_pc.npz", "pc", 6)
    stored = _table(f"{start}_bbox.npy", None, 8)
    votes = _table(f"{start}_votes.npz", "point_votes", 10)
    if len(votes) != len(cloud):
        what = f"must have {len(cloud)} rows as its cloud, has {len(votes)}"
        raise ValueError(f"{start}_votes.npz, key 'point_votes': {what}")
    if not bool(((votes[:, 0] == 0) | (votes[:, 0] == 1)).all()):
        what = "its first column must be 0 or 1"
        raise ValueError(f"{start}_votes.npz, key 'point_votes': {what}")
    classes = stored[:, 7].long()
    wrong = (classes != stored[:, 7]) | (classes < 0) | (classes >= SUNRGBD_CLASSES)
    if bool(wrong.any()):
        what = f"classes must be from 0 to 9, one is {stored[wrong][0, 7].item():g}"
        raise ValueError(f"{start}_bbox.npy: {what}")
    _check_sizes(f"{start}_bbox.npy", stored)
    boxes = torch.cat([stored[:, :3], 2 * stored[:, 3:6], -stored[:, 6:7]], 1)
    offsets = votes[:, 1:].reshape(-1, 3, 3)
    return Scan(cloud[:, :3], cloud[:, 3:], boxes, classes, offsets, votes[:, 0] == 1)


def _instance_votes(
    points: Tensor, semantic: Tensor, instance: Tensor
) -> tuple[Tensor, Tensor]:
    """Offsets to the middle of each instance's extent; instance 0 is none."""
    names, number = torch.unique(instance, return_inverse=True)
    index = number[:, None].expand(-1, 3)
    empty = points.new_zeros(len(names), 3)
    low, high = (
        empty.scatter_reduce(0, index, points, way, include_self=False)
        for way in ("amin", "amax")
    )
    on_object = torch.isin(semantic, torch.tensor(NYU40)) & (instance > 0)
    offsets = ((low + high) / 2)[number] - points
    return offsets.where(on_object[:, None], 0), on_object


def _nyu_classes(place: str, numbers: Tensor) -> Tensor:
    found = numbers[:, None] == torch.tensor(NYU40)
    if not bool(found.any(1).all()):
        wrong = numbers[~found.any(1)][0].item()
        raise ValueError(f"{place}: classes must be among {NYU40}, one is {wrong:g}")
    return found.long().argmax(1)


def _check_sizes(place: str, boxes: Tensor) -> None:
    sizes = boxes[:, 3:6]
    if not bool((sizes >= 0).all()):
        wrong = sizes[sizes < 0][0].item()
        raise ValueError(f"{place}: sizes must not be negative, one is {wrong:g}")


def _table(path: str, key: str | None, columns: int) -> Tensor:
    """A finite table of numbers as float32."""
    place = path if key is None else f"{path}, key {key!r}"
    table = read_array(path, key).float()
    if table.ndim != 2 or table.shape[1] != columns:
        shape = tuple(table.shape)
        raise ValueError(f"{place}: must have shape (rows, {columns}), has {shape}")
    if not bool(table.isfinite().all()):
        row, column = (~table.isfinite()).nonzero()[0].tolist()
        what = f"must be finite, is not in row {row}, column {column}"
        raise ValueError(f"{place}: {what}")
    return table


def _whole(path: str, count: int) -> Tensor:
    labels = read_array(path)
    if labels.is_floating_point():
        raise ValueError(f"{path}: must hold whole numbers, holds {labels.dtype}")
    if labels.shape != (count,):
        raise ValueError(f"{path}: must be ({count},), is {tuple(labels.shape)}")
    return labels
