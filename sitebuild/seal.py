"""Seals what builds store: what was damaged since then is made anew, never shown.

A folder is sealed by a list of its files with their hashes, and the hash of that list;
a single file by the hash in its first line.
"""

import hashlib
import json
import shutil
from pathlib import Path

SEAL = "seal.json"


def seal(folder: Path) -> None:
    """Seal all files of a folder; nothing may be added, removed or changed later."""
    files = _hashes(folder)
    text = json.dumps({"files": files, "list": _digest(files)}, indent=1)
    (folder / SEAL).write_text(text, "utf-8")


def is_whole(folder: Path) -> bool:
    """Tell whether a folder holds exactly what was sealed."""
    try:
        given = json.loads((folder / SEAL).read_text("utf-8"))
        files = given["files"]
        return bool(given["list"] == _digest(files) and files == _hashes(folder))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def write_sealed(path: Path, text: str) -> None:
    """Write a file at once, with its seal; a killed build leaves no half of it."""
    half = path.with_name(f"{path.name}.part")
    clear(half)
    half.write_text(f"{_hash(text.encode())}\n{text}", "utf-8", newline="")
    if path.is_dir():
        clear(path)
    half.replace(path)


def read_sealed(path: Path) -> str | None:
    """Read such a file; `None` if it is not there as it was written."""
    try:
        digest, _, text = path.read_bytes().decode("utf-8").partition("\n")
    except (OSError, ValueError):
        return None
    return text if digest == _hash(text.encode()) else None


def clear(path: Path) -> None:
    """Remove whatever lies at a path, if anything."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def forget(folder: Path, used: set[str], kind: str) -> None:
    """Remove sealed files that the last builds had no use for.

    Args:
        folder: Where they are.
        used: Names of those that this build used.
        kind: What kind of build it is; the last one of another kind counts, too.
    """
    write_sealed(folder / f"used-{kind}", "\n".join(sorted(used)))
    lists = list(folder.glob("used-*"))
    wanted = {path.name for path in lists}
    wanted |= {name for path in lists for name in (read_sealed(path) or "").split()}
    for path in folder.iterdir():
        if path.name not in wanted:
            clear(path)


def make_folder(path: Path, within: Path) -> None:
    """Make a folder, also where something else is in its way below `within`."""
    for folder in [*reversed(path.parents), path]:
        if folder.is_relative_to(within) and not folder.is_dir():
            folder.unlink(missing_ok=True)
            folder.mkdir()


def _hashes(folder: Path) -> dict[str, str]:
    """Every file below a folder, with the hash of its content."""
    hashes = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            hashes[name] = f"link to {path.readlink()}"
        elif path.is_dir():
            hashes[name] = "folder"
        elif name != SEAL:
            hashes[name] = _hash(path.read_bytes())
    return hashes


def _digest(files: dict[str, str]) -> str:
    return _hash(json.dumps(files, sort_keys=True).encode())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
