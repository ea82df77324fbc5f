"""CIFAR-10 and CIFAR-100 from their batches for Python, none of which is trusted.

These batches are pickles, and a pickle may call any function of Python while it is
read. So here a stand-in takes the place of each of the few things that such a batch
needs, and any other name in the file is refused. Not even numpy is called.
"""

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

SIDE = 32
BATCHES = [f"data_batch_{number}" for number in range(1, 6)]


class Pictures(NamedTuple):
    """Color images with labels.

    Attributes:
        images: Shape `(N, 3, 32, 32)`, uint8: red, green, blue, rows from the top.
        labels: Shape `(N,)`, int64.
    """

    images: Tensor
    labels: Tensor


def read_cifar_batch(
    path: str | Path, *, key: str = "labels", classes: int = 10
) -> Pictures:
    """Read a batch of CIFAR-10, or of CIFAR-100.

    Args:
        path: Such as `data_batch_1`.
        key: Of the labels: "labels" in CIFAR-10, "fine_labels" or "coarse_labels" in
            CIFAR-100.
        classes: Labels are below it: 10, 100 or 20.

    Returns:
        The images, 30 MB for 10,000, and their labels.

    Raises:
        ValueError: If the file is no pickle, is cut off, names a function or class that
            no such batch needs, lacks `data` or the labels, or if these have another
            type or size.
    """
    path = Path(path)
    batch = _read_safely(path)
    if not isinstance(batch, dict):
        raise ValueError(f"{path}: must hold a dict, holds a {type(batch).__name__}")
    fields = {_text(name): value for name, value in batch.items()}
    for name in ("data", key):
        if name not in fields:
            raise ValueError(f"{path}: has no key {name!r}, only {sorted(fields)}")
    images = _images(path, fields["data"])
    return Pictures(images, _labels(path, key, fields[key], len(images), classes))


def read_cifar10(folder: str | Path) -> tuple[Pictures, Pictures]:
    """Read all of CIFAR-10.

    Args:
        folder: `cifar-10-batches-py`.

    Returns:
        What to learn from, five batches in their order, and what to test on.

    Raises:
        ValueError: If a batch is missing; and as `read_cifar_batch`.
    """
    folder = Path(folder)
    for name in (*BATCHES, "test_batch"):
        if not (folder / name).is_file():
            raise ValueError(f"{folder}: has no file {name}")
    parts = [read_cifar_batch(folder / name) for name in BATCHES]
    images, labels = (torch.cat(field) for field in zip(*parts, strict=True))
    return Pictures(images, labels), read_cifar_batch(folder / "test_batch")


class _DType:
    """Stands for `numpy.dtype`: keeps the name of a type, such as u1."""

    def __init__(self, name: Any = "", *_: Any) -> None:
        self.name = _text(name)

    def __setstate__(self, state: Any) -> None:
        """Ignore byte order and the like: of single bytes there is none."""


class _Array:
    """Stands for `numpy.ndarray`: keeps shape, type and bytes."""

    shape: Any = None
    content: Any = b""
    dtype: Any = None
    columns_first: Any = False

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) == 5:
            _, self.shape, self.dtype, self.columns_first, self.content = state


def _empty_array(*_: Any) -> _Array:
    """Stands for `numpy.core.multiarray._reconstruct`."""
    return _Array()


def _array_of_buffer(content: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    """Stands for `numpy._core.numeric._frombuffer`, of protocol 5."""
    array = _Array()
    array.__setstate__((1, shape, dtype, _text(order) == "F", content))
    return array


def _bytes_of_text(text: Any, encoding: Any) -> bytes:
    """Stands for `_codecs.encode`, by which Python 3 writes bytes in protocol 2."""
    if _text(encoding) != "latin1":
        raise pickle.UnpicklingError(f"encodes in {encoding!r}")
    return _text(text).encode("latin1")


_ADMITTED: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): _empty_array,
    ("numpy._core.multiarray", "_reconstruct"): _empty_array,
    ("numpy.core.numeric", "_frombuffer"): _array_of_buffer,
    ("numpy._core.numeric", "_frombuffer"): _array_of_buffer,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
    ("_codecs", "encode"): _bytes_of_text,
}


class _Unpickler(pickle.Unpickler):
    """Knows the names in `_ADMITTED` and no other."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ADMITTED:
            raise pickle.UnpicklingError(
                f"names {module}.{name}, which is not admitted"
            )
        stand_in = _ADMITTED[module, name]
        return lambda *args: stand_in(*args)  # a new one: a pickle may change it


def _read_safely(path: Path) -> Any:
    """Read a pickle; whatever goes wrong is the file's fault."""
    file = io.BytesIO(path.read_bytes())
    try:
        batch = _Unpickler(file, encoding="bytes").load()
    except Exception as error:  # a pickle may fail in any way
        what = f"is no batch of CIFAR: {error or type(error).__name__}"
        raise ValueError(f"{path}, before byte {file.tell()}: {what}") from error
    left = len(file.getvalue()) - file.tell()
    if left:
        raise ValueError(f"{path}, byte {file.tell()}: goes on for {left} bytes")
    return batch


def _text(value: Any) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else str(value)


def _images(path: Path, array: Any) -> Tensor:
    """The pixels of an array, checked, as images."""
    where = f"{path}, key 'data'"
    if not isinstance(array, _Array) or not isinstance(array.dtype, _DType):
        raise ValueError(f"{where}: must be an array, is a {type(array).__name__}")
    if array.dtype.name not in ("u1", "|u1", "uint8"):
        raise ValueError(f"{where}: must be of uint8, is of {array.dtype.name}")
    width, shape, content = 3 * SIDE**2, array.shape, array.content
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] != width:
        raise ValueError(f"{where}: must be (N, {width}), is {shape}")
    if not isinstance(content, bytes | bytearray) or array.columns_first:
        raise ValueError(f"{where}: must be bytes, row after row")
    if (
        not isinstance(shape[0], int)
        or shape[0] < 1
        or len(content) != shape[0] * width
    ):
        size = len(content)
        raise ValueError(f"{where}: needs {width} bytes a row, {shape} has {size}")
    pixels = torch.frombuffer(bytearray(content), dtype=torch.uint8)
    return pixels.view(-1, 3, SIDE, SIDE)


def _labels(path: Path, key: str, given: Any, count: int, classes: int) -> Tensor:
    where = f"{path}, key {key!r}"
    if not isinstance(given, list) or len(given) != count:
        size = len(given) if isinstance(given, list) else type(given).__name__
        raise ValueError(f"{where}: must be a list of {count}, is {size}")
    for number, label in enumerate(given):
        whole = isinstance(label, int) and not isinstance(label, bool)
        if not whole or not 0 <= label < classes:
            what = f"must be from 0 to {classes - 1}, entry {number} is {label!r}"
            raise ValueError(f"{where}: {what}")
    return torch.tensor(given, dtype=torch.int64)
