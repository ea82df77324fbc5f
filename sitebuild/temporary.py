"""Folders for temporary files of jobs, and what killed builds have left of theirs."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

_PREFIX = "dlnotes-"
_LOCK = "of-a-build"  # the system lets go of it when the build ends, however that is


@contextmanager
def folder_of_a_build() -> Iterator[Path]:
    """An empty folder, removed afterwards.

    Those of builds that live no more, which were killed, are removed before.
    """
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        _remove_if_left(lock)
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name,
        FileLock(Path(name) / _LOCK),
    ):
        yield Path(name)


def _remove_if_left(lock: Path) -> None:
    """Remove a folder of this user that no build holds."""
    with suppress(OSError):  # a build holds it, or has removed it meanwhile
        if lock.parent.lstat().st_uid == os.getuid() and not lock.parent.is_symlink():
            with FileLock(lock).acquire(timeout=0):
                shutil.rmtree(lock.parent, ignore_errors=True)
