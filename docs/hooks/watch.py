"""Notes which files of the project a job reads while it runs."""

import os
import sys
import threading
from importlib.util import source_from_cache
from pathlib import Path
from types import FrameType

from hooks import freshness

Reads = dict[str, dict[str, str]]  # "opened" or "imported", to names and hashes
_IGNORED = {".cache", ".git", ".venv", "node_modules", "site"}


class Watch:
    """Notes every file that is read, with its hash at that time.

    It starts when it is made.

    Attributes:
        root: The project; other files are not noted.
        read: Names relative to the project, with hashes; `"imported"` are those that
            only Python's import read, `"opened"` are all others, missing ones too.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read: Reads = {"opened": {}, "imported": {}}
        self.own = threading.local()  # set while this class itself opens files
        self.over = False
        sys.addaudithook(self._hook)

    def finish(self) -> Reads:
        """Note nothing more; give what was read."""
        self.over = True
        return self.read

    def _hook(self, event: str, arguments: tuple) -> None:
        if self.over or event != "open" or hasattr(self.own, "reads"):
            return
        if not isinstance(arguments[0], str | bytes):
            return
        path, mode, flags = os.fsdecode(arguments[0]), *arguments[1:]
        if set("wax+") & set(mode or "") or flags & os.O_ACCMODE == os.O_WRONLY:
            return
        frame = sys._getframe().f_back
        self.own.reads = True
        try:
            if frame and frame.f_code.co_filename.startswith("<frozen importlib"):
                in_cache = os.path.basename(os.path.dirname(path)) == "__pycache__"
                self._note("imported", source_from_cache(path) if in_cache else path)
            elif not _for_a_message(frame):
                self._note("opened", path)
        finally:
            del self.own.reads

    def _note(self, way: str, path: str) -> None:
        for known in (os.path.abspath, os.path.realpath):
            prefix = known(self.root) + os.sep
            parts = known(path).removeprefix(prefix).split(os.sep)
            name = "/".join(parts)
            if not known(path).startswith(prefix) or name in self.read[way]:
                continue
            if parts[:2] != ["docs", "hooks"] and parts[0] not in _IGNORED:
                self.read[way][name] = freshness.file_hash(self.root / name)


def _for_a_message(frame: FrameType | None) -> bool:
    """Tell whether a file is read for the line of code that a warning shows."""
    while frame and frame.f_globals.get("__name__") in ("tokenize", "linecache"):
        if frame.f_globals["__name__"] == "linecache":
            return True
        frame = frame.f_back
    return False
