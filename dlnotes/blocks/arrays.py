"""Arrays in files of NumPy, read without running what a file may bring along."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor


def read_array(path: str | Path, key: str | None = None) -> Tensor:
    """Read the numbers of a `.npy` file, or of one key of a `.npz` file.

    Args:
        path: Where the file is.
        key: Which array of a `.npz` file; `None` for a `.npy` file.

    Returns:
        The array: float32 or float64 as stored, half precision as float32; whole
        numbers and truth values as int64.

    Raises:
        ValueError: If the file is damaged, has no such key, or holds no numbers, or
            whole ones of `2**63` or more. A file of Python objects is refused, for
            reading it would run its code.
    """
    place = f"{path}" if key is None else f"{path}, key {key!r}"
    array = _load(Path(path), key)
    if array.dtype.kind not in ("f", "i", "u", "b"):
        raise ValueError(f"{place}: must hold numbers, holds {array.dtype}")
    if array.dtype.kind == "u" and array.size and int(array.max()) >= 2**63:
        raise ValueError(f"{place}: must be below 2**63, got {array.max()}")
    if array.dtype.kind != "f":
        return torch.from_numpy(array.astype("int64"))
    wide = "float64" if array.dtype.itemsize > 4 else "float32"
    return torch.from_numpy(array.astype(wide))


def _load(path: Path, key: str | None) -> Any:
    import numpy as np

    path.stat()  # a missing file is a FileNotFoundError
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            many = not isinstance(loaded, np.ndarray)
            names = sorted(loaded.files) if many else [None]
            array = (loaded[key] if many else loaded) if key in names else None
    except Exception as error:
        raise ValueError(f"{path}: is no complete file of numbers: {error}") from error
    if array is None:
        wanted = "a single array" if key is None else f"the key {key!r}"
        given = f"the keys {names}" if many else "a single array"
        raise ValueError(f"{path}: must hold {wanted}, holds {given}")
    return array
