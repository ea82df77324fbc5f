"""ModelNet40 as it is spread: folders of OFF files, and HDF5 files of sampled points.

Whatever is wrong is a `ValueError` that names the folder, or the file and the key.
"""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

SPLITS = ("train", "test")
KEYS = ("data", "label", "normal")


class ModelFiles(NamedTuple):
    """Where the meshes of a data set are.

    Attributes:
        classes: Names of the classes, sorted; their order gives the labels.
        train: Files to learn from, each with its label.
        test: Files to test on, likewise.
    """

    classes: list[str]
    train: list[tuple[Path, int]]
    test: list[tuple[Path, int]]


class SampledModels(NamedTuple):
    """Clouds of points with labels.

    Attributes:
        points: Shape `(B, N, 3)`, float32.
        labels: Shape `(B,)`, int64.
        normals: Shape `(B, N, 3)`, float32, or `None`.
    """

    points: Tensor
    labels: Tensor
    normals: Tensor | None


def find_modelnet(folder: str | Path) -> ModelFiles:
    """Find the meshes of ModelNet40, or of what is laid out like it.

    Below the folder stand the classes, below each `train` and `test`, in these files
    `.off`. What begins with a dot is passed over.

    Args:
        folder: Such as `ModelNet40`.

    Returns:
        Classes and files, sorted by name; `read_off` reads them.

    Raises:
        ValueError: If there is no class, if a class lacks a part or has no file in it,
            or if something else lies there.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder}: is no folder")
    classes = [path for path in _visible(folder) if path.is_dir()]
    if not classes:
        raise ValueError(f"{folder}: has no folder, one for each class")
    found: dict[str, list[tuple[Path, int]]] = {split: [] for split in SPLITS}
    for label, place in enumerate(classes):
        parts = [path.name for path in _visible(place)]
        if sorted(parts) != sorted(SPLITS):
            raise ValueError(f"{place}: must have the folders {SPLITS}, has {parts}")
        for split in SPLITS:
            files = _visible(place / split)
            others = [path.name for path in files if path.suffix.lower() != ".off"]
            if others or not files:
                what = f"has {others[0]}" if others else "is empty"
                raise ValueError(f"{place / split}: must have .off files, {what}")
            found[split] += [(path, label) for path in files]
    return ModelFiles([path.name for path in classes], found["train"], found["test"])


def read_modelnet_hdf5(path: str | Path, *, classes: int = 40) -> SampledModels:
    """Read a file of `modelnet40_ply_hdf5_2048`.

    Args:
        path: Such as `ply_data_train0.h5`.
        classes: Labels are below it.

    Returns:
        Clouds, labels, and the normals if the file has them.

    Raises:
        ImportError: If h5py is not installed.
        ValueError: If the file is no HDF5 file or is cut off, lacks `data` or `label`,
            or one of these, or `normal`, has another type or shape, or entries that
            are not finite, or labels that are too large.
    """
    path = Path(path)
    arrays = _read_arrays(path)
    points = _vectors(path, "data", arrays["data"])
    labels = _labels(path, arrays["label"], len(points), classes)
    normals = None
    if "normal" in arrays:
        normals = _vectors(path, "normal", arrays["normal"])
        if normals.shape != points.shape:
            shapes = f"{tuple(points.shape)}, has {tuple(normals.shape)}"
            raise ValueError(f"{path}, key 'normal': must have shape {shapes}")
    return SampledModels(points, labels, normals)


def read_modelnet_list(path: str | Path, *, classes: int = 40) -> SampledModels:
    """Read all HDF5 files that a list names.

    Args:
        path: Such as `train_files.txt`: a name in each line. Of a name with folders the
            last part counts; the files lie beside the list.
        classes: Labels are below it.

    Returns:
        All clouds in the order of the list; normals only if all files have them.

    Raises:
        ValueError: If the list is empty or no text in UTF-8, or names a file that is
            not there, or one with clouds of another size; and as `read_modelnet_hdf5`.
    """
    path = Path(path)
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: must be text in UTF-8: {error}") from error
    read: list[SampledModels] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        file = path.parent / line.strip().replace("\\", "/").split("/")[-1]
        if not file.is_file():
            raise ValueError(f"{path}, line {number}: there is no file {file}")
        read.append(read_modelnet_hdf5(file, classes=classes))
        sizes = [part.points.shape[1] for part in read]
        if sizes[-1] != sizes[0]:
            what = f"{file} has clouds of {sizes[-1]} points, not {sizes[0]}"
            raise ValueError(f"{path}, line {number}: {what}")
    if not read:
        raise ValueError(f"{path}: names no file")
    normals = [part.normals for part in read if part.normals is not None]
    return SampledModels(
        torch.cat([part.points for part in read]),
        torch.cat([part.labels for part in read]),
        torch.cat(normals) if len(normals) == len(read) else None,
    )


def _visible(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ValueError(f"{folder}: is no folder")
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _read_arrays(path: Path) -> dict[str, Any]:
    """What is stored below the keys; a file that is damaged fails in many ways."""
    try:
        import h5py
    except ImportError as error:
        message = "read_modelnet_hdf5 needs h5py: pip install h5py"
        raise ImportError(message) from error
    path.stat()  # a missing file is a FileNotFoundError
    try:
        with h5py.File(path, "r") as file:
            names = sorted(map(str, file))
            stored = {key: file[key] for key in KEYS if key in names}
            arrays = {
                key: array[()] if hasattr(array, "shape") else None
                for key, array in stored.items()
            }
    except Exception as error:
        raise ValueError(f"{path}: is no complete HDF5 file: {error}") from error
    for key in ("data", "label"):
        if key not in arrays:
            raise ValueError(f"{path}: has no key {key!r}, only {names}")
    for key, array in arrays.items():
        if array is None or array.dtype.kind not in ("f", "i", "u"):
            what = "a group" if array is None else array.dtype
            raise ValueError(f"{path}, key {key!r}: must hold numbers, holds {what}")
    return arrays


def _vectors(path: Path, key: str, array: Any) -> Tensor:
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise ValueError(f"{path}, key {key!r}: must be floating, is {array.dtype}")
    if array.ndim != 3 or array.shape[2] != 3 or not array.shape[1]:
        raise ValueError(f"{path}, key {key!r}: must be (B, N, 3), is {array.shape}")
    native = array.astype(array.dtype.newbyteorder("="))
    vectors = torch.from_numpy(native).float()
    if not bool(vectors.isfinite().all()):
        place = tuple((~vectors.isfinite()).nonzero()[0].tolist())
        raise ValueError(f"{path}, key {key!r}: must be finite, is not at {place}")
    return vectors


def _labels(path: Path, array: Any, count: int, classes: int) -> Tensor:
    if array.dtype.kind not in ("i", "u"):
        raise ValueError(f"{path}, key 'label': must be whole, is {array.dtype}")
    if array.shape not in ((count,), (count, 1)):
        what = f"must be ({count},) or ({count}, 1), is {array.shape}"
        raise ValueError(f"{path}, key 'label': {what}")
    labels = torch.from_numpy(array.astype("int64")).reshape(count)
    wrong = labels[(labels < 0) | (labels >= classes)]
    if len(wrong):
        what = f"must be from 0 to {classes - 1}, one is {int(wrong[0])}"
        raise ValueError(f"{path}, key 'label': {what}")
    return labels
