"""The variants of a figure; here, since pages need no matplotlib to name them."""

from pathlib import Path

# Text and axes take the first color; the dark variant swaps it for the second.
LIGHT = "#23262d"
DARK = "#dfe3ea"


def dark_twin(path: Path) -> Path:
    """Where the dark variant of a figure lies."""
    return path.with_name(f"{path.stem}_dark{path.suffix}")


def narrow_twin(path: Path) -> Path:
    """Where the variant for narrow pages lies; a narrow figure has none."""
    return path.with_name(f"{path.stem}_narrow{path.suffix}")


def solid_twin(path: Path) -> Path:
    """Where the file is that lets a reader turn a figure; a flat one has none."""
    return path.with_suffix(".bin")
