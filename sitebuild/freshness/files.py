"""States of files and folders: equal states, equal contents."""

import hashlib
import os
from pathlib import Path

# What a build makes; a job that read it would depend on another job.
BUILT = (".cache/", ".site.draft/", ".site.last/", "docs/gallery/", "site/")
# Counts by the versions of packages, or is the machine's own.
INSTALLED = (".venv/", "node_modules/")
_PASSED_OVER = {"__pycache__", *(name.rstrip("/") for name in (*BUILT, *INSTALLED))}
_PASSED_OVER |= {".git", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


def state(root: Path, name: str) -> str:
    """Hash what a job saw.

    Args:
        root: The project.
        name: Relative to it, or absolute. `folder/` is what a listing of the folder
            shows: names and sizes; `folder/**` is all that lies below it.

    Returns:
        A hash of a file's bytes or of a folder; `"missing"` and `"folder"` have no
        contents.
    """
    if name.endswith("/**"):
        return _hash(_below(root / name.removesuffix("/**"), root))
    path = root / name
    if name.endswith("/"):
        return _hash(_listed(path, root)) if path.is_dir() else "missing"
    return "folder" if path.is_dir() else file_hash(path)


def file_hash(path: Path) -> str:
    """Hash a file's bytes; a missing file has a hash of its own."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"unreadable: {error.strerror}"


def tree(folder: Path, root: Path) -> dict[str, str]:
    """Hashes of all files below a folder, by their names in the project."""
    if folder.is_file():
        return {_relative(folder, root): file_hash(folder)}
    return {
        name: digest
        for path in _inside(folder, root)
        for name, digest in tree(path, root).items()
    }


def _below(folder: Path, root: Path) -> list[str]:
    return [f"{name} {digest}" for name, digest in tree(folder, root).items()]


def _listed(folder: Path, root: Path) -> list[str]:
    return [
        f"{path.name}/" if path.is_dir() else f"{path.name} {_size(path)}"
        for path in _inside(folder, root)
    ]


def _inside(folder: Path, root: Path) -> list[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return []
    passed = (*_PASSED_OVER,)
    return [
        p for p in paths if p.name not in passed and _relative(p, root) not in passed
    ]


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1


def _hash(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
