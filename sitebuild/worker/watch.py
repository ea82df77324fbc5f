"""Notes what a job reads, and refuses what could not be followed.

Python reports nearly everything that a program does with files, processes and
networks to audit hooks, before it happens. What it does not report is wrapped.
"""

import os
import sys
import threading
from importlib.util import source_from_cache
from pathlib import Path
from types import FrameType
from typing import Any

from sitebuild.freshness.files import BUILT, INSTALLED, state
from sitebuild.jobs import Reads
from sitebuild.worker import silent
from sitebuild.worker.refused import Refused, reason

_CHANGES = {"os.chmod", "os.chown", "os.mkdir", "os.remove", "os.rmdir", "os.utime"}
_PLAIN_CHANGES = {"os.removexattr", "os.setxattr", "os.truncate"}  # with no folder
_TWO_PATHS = {"os.link", "os.rename"}
_LISTS = {"os.listdir", "os.scandir"}
_LOADS = {"ctypes.dlopen", "os.getxattr", "os.listxattr", "sqlite3.connect"}
_PATHS = ("contextlib", "genericpath", "os", "pathlib", "posixpath")
_LIBRARY = os.path.dirname(os.__file__) + os.sep
_UNTRACKED = ("/dev/", "/proc/", "/sys/")


class Watch:
    """Notes every file that is read, with its state at that time.

    It starts when it is made.

    Attributes:
        root: The project.
        own: Folders in which the job may write; what it reads there is its own.
        read: Names of what was read, relative to the project or absolute, with their
            states; `"imported"` are those that only Python's import read, `"opened"`
            are all others, missing ones too.
        refused: What the job tried in vain.
    """

    def __init__(self, root: Path, own: list[Path]) -> None:
        self.root = root
        self.own = tuple(os.path.realpath(folder) + os.sep for folder in own)
        self.installed = _installed(root)
        self.read: Reads = {"opened": {}, "imported": {}}
        self.refused: list[str] = []
        self.busy = threading.local()  # set while this class itself looks at files
        self.over = False
        sys.dont_write_bytecode = True  # it would be refused
        silent.wrap(self.looked, self.clock, self.refuse)
        sys.addaudithook(self._hook)

    def finish(self) -> Reads:
        """Note nothing more; give what was read.

        Raises:
            Refused: If something was refused, even though the job went on.
        """
        self.over = True
        if self.refused:
            raise Refused(self.refused[0])
        for name, module in list(sys.modules.items()):
            self._compare(name, getattr(module, "__file__", None))
        return self.read

    def _compare(self, name: str, file: Any) -> None:
        """Let a module that was found under another name count as a text."""
        known = isinstance(file, str) and os.path.isabs(file)
        path = self._name(os.path.realpath(file)) if known else None
        plain = name.replace(".", "/")
        usual = (f"{plain}.py", f"{plain}/__init__.py")
        if path and not os.path.isabs(path) and path not in usual:
            self.read["opened"][path] = state(self.root, path)

    def cause(self, error: BaseException) -> BaseException:
        """What made a job fail: what was refused, although it raised another error."""
        return Refused(self.refused[0]) if self.refused else error

    def clock(self, name: str, frame: FrameType) -> None:
        """Refuse what gives a job another answer in each build."""
        if not self.over and self._is_project(frame):
            self.refuse(f"{name} is different in every build")

    def looked(self, path: Any, frame: FrameType) -> None:
        """Note what Python does not report: that a file was asked for."""
        if self.over or hasattr(self.busy, "now") or _searches(frame):
            return
        self._guarded("look", (path,), frame)

    def refuse(self, why: str) -> None:
        """Stop what the job is about to do, and remember it."""
        if not self.over:
            message = self._place() + why
            self.refused.append(message)
            raise Refused(message)

    def _place(self) -> str:
        """The line of the project that is being executed, if it is known."""
        frame: FrameType | None = sys._getframe(1)
        while frame:
            name = self._name(os.path.abspath(frame.f_code.co_filename)) or "/"
            is_own = not name.startswith(("/", "sitebuild/"))
            if is_own and os.path.exists(self.root / name):
                return f"{name}:{frame.f_lineno}: "
            frame = frame.f_back
        return ""

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.over or hasattr(self.busy, "now"):
            return
        if event == "open" or event.split(".")[0] in _EVENTS:
            self._guarded(event, arguments, sys._getframe().f_back)

    def _guarded(
        self, event: str, arguments: tuple[Any, ...], frame: FrameType | None
    ) -> None:
        self.busy.now = True
        try:
            if why := reason(event, arguments):
                self.refuse(why)
            if event.startswith("ctypes.dl") and self.asks(frame):
                self.refuse("it calls functions of C, which nobody can follow")
            self._handle(event, arguments, frame)
        finally:
            del self.busy.now

    def _handle(
        self, event: str, arguments: tuple[Any, ...], frame: FrameType | None
    ) -> None:
        """Note a reading, or refuse a writing."""
        imports = frame is not None and _is_import(frame)
        if event in _CHANGES or event in _PLAIN_CHANGES:
            self._write(arguments[0], arguments[-1] if event in _CHANGES else None)
        elif event == "os.symlink":
            self._write(arguments[1], arguments[-1])
        elif event in _TWO_PATHS:
            self._note("opened", arguments[0])
            self._write(arguments[1], arguments[-1])
            if event == "os.rename":
                self._write(arguments[0], arguments[-2])
        elif event in _LISTS:
            if not imports and not _searches(frame):
                self._note("opened", arguments[0] or ".", "/")
        elif event in _LOADS or event == "look":
            if not _for_a_message(frame):
                self._note("opened", arguments[0])
        elif event == "import":
            self._note("imported", arguments[1])
        elif event == "open":
            path, mode, flags = arguments
            self._open(path, mode, flags, frame, imports)

    def _open(
        self, path: Any, mode: Any, flags: int, frame: FrameType | None, imports: bool
    ) -> None:
        writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
        if set("wax+") & set(mode or "") or flags & writing:
            self._write(path, None)
        elif imports:
            name = os.fsdecode(path) if isinstance(path, str | bytes) else ""
            in_cache = os.path.basename(os.path.dirname(name)) == "__pycache__"
            self._note("imported", source_from_cache(name) if in_cache else path)
        elif not _for_a_message(frame):
            if self._is_machines(path) and self.asks(frame):
                self.refuse(f"it reads {path}, which is different in every build")
            is_folder = not isinstance(path, int) and os.path.isdir(path)
            self._note("opened", path, "/**" if is_folder else "")

    def _note(self, way: str, path: Any, suffix: str = "") -> None:
        """Keep the state of a file or, with a suffix, of what a folder contains."""
        if not isinstance(path, str | bytes | os.PathLike):
            return
        given = os.fsdecode(path)
        for known in {os.path.abspath(given), os.path.realpath(given)}:
            if self._is_own(known) or known.startswith(_UNTRACKED):
                continue
            name = self._name(known)
            if name is None:
                continue
            if f"{name}/".startswith(BUILT):
                self.refuse(f"it reads {name}, which a build has made")
            name += suffix
            reads = self.read["opened" if os.path.isabs(name) else way]
            if name not in reads:
                reads[name] = state(self.root, name)

    def _write(self, path: Any, folder: Any) -> None:
        """Refuse to change what is not the job's own."""
        if not isinstance(path, str | bytes | os.PathLike):
            return
        given = os.fsdecode(path)
        if isinstance(folder, int) and folder >= 0:
            given = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), given)
        real = os.path.realpath(given)
        if not self._is_own(real) and not real.startswith(_UNTRACKED):
            name = self._name(real) or real
            self.refuse(f"it writes {name}: only temporary files are its own")

    def _is_machines(self, path: Any) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        real = os.path.realpath(os.fsdecode(path))
        return real.startswith(_UNTRACKED) and real != os.devnull

    def asks(self, frame: FrameType | None) -> bool:
        """Tell whether the project's code asks, itself or through Python's library."""
        while frame and _is_library(frame):
            frame = frame.f_back
        return frame is None or self._is_project(frame)

    def _is_project(self, frame: FrameType) -> bool:
        """Tell whether a frame is of no package; cells and texts are the job's own."""
        return self._name(os.path.abspath(frame.f_code.co_filename)) is not None

    def _is_own(self, path: str) -> bool:
        return (path + os.sep).startswith(self.own)

    def _name(self, path: str) -> str | None:
        """The name under which a path is noted; `None` if it belongs to a package."""
        for root in (os.path.abspath(self.root), os.path.realpath(self.root)):
            if path == root:
                return "."
            if path.startswith(root + os.sep):
                name = path.removeprefix(root + os.sep).replace(os.sep, "/")
                return None if f"{name}/".startswith(INSTALLED) else name
        return None if (path + os.sep).startswith(self.installed) else path


_EVENTS = {"ctypes", "import", "os", "pty", "socket", "sqlite3", "subprocess"}


def _installed(root: Path) -> tuple[str, ...]:
    """Folders of Python and of packages, which count by their versions."""
    inside = os.path.realpath(root) + os.sep
    packages = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    fonts = os.environ.get("MPLCONFIGDIR", sys.prefix)  # which matplotlib lists there
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, fonts, *packages)
    folders = {
        known(p) for p in prefixes for known in (os.path.abspath, os.path.realpath)
    }
    return tuple(
        folder + os.sep
        for folder in folders
        if folder != "/" and not (folder + os.sep).startswith(inside)
    )


def _is_library(frame: FrameType) -> bool:
    """Tell whether a frame is of Python's own library."""
    file = frame.f_code.co_filename
    return file.startswith("<frozen") or (
        file.startswith(_LIBRARY) and "-packages" not in file
    )


def _is_import(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith("<frozen importlib")


def _for_a_message(frame: FrameType | None) -> bool:
    """Tell whether a file is read for the line of code that a warning shows."""
    modules: list[str] = []
    while frame and (not modules or modules[-1] in ("tokenize", "linecache")):
        modules.append(frame.f_globals.get("__name__", ""))
        frame = frame.f_back
    return "linecache" in modules and modules[-1] in ("traceback", "warnings")


def _searches(frame: FrameType | None) -> bool:
    """Tell whether Python only looks for code, or on the way to another file."""
    while frame and frame.f_globals.get("__name__") in _PATHS:
        if frame.f_code.co_name in ("_joinrealpath", "realpath"):
            return True
        frame = frame.f_back
    module = str(frame.f_globals.get("__name__")) if frame else ""
    return module.startswith(("importlib.", "inspect", "linecache"))
