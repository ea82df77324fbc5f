"""Says why a job failed: the cause first, then where, in the project's own files."""

import re
import traceback
from pathlib import Path

from mkdocs.exceptions import PluginError
from nbclient.exceptions import CellExecutionError

from sitebuild.jobs import Job
from sitebuild.worker.refused import Refused

_ADDRESS = re.compile(r"<[^<>\n]* at 0x[0-9a-f]{6,}>|&lt;[^\n]* at 0x[0-9a-f]{6,}&gt;")
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_CELL = re.compile(r"^-{18}\n(.*?)\n-{18}$", re.MULTILINE | re.DOTALL)
_CELL_LINE = re.compile(r"^\s*Cell In\[\d+\], line (\d+)", re.MULTILINE)
_FILE_LINE = re.compile(r"^File (\S+?):(\d+)", re.MULTILINE)


def explain(error: BaseException, job: Job) -> str:
    """Write one line with the cause, and one for each place of the project."""
    if isinstance(error, PluginError | Refused):
        return str(error)
    if isinstance(error, CellExecutionError):
        return _of_a_lab(error, job)
    cause = f"{type(error).__name__}: {error}".removesuffix(": ")
    places = [
        f"{Path(frame.filename).relative_to(job.root)}:{frame.lineno}, in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if _is_own(frame.filename, job)
    ]
    return "\n  ".join([cause, *reversed(places)])


def insist_on_no_address(text: str) -> None:
    """Refuse an output that names a place in memory."""
    if found := _ADDRESS.search(text):
        raise PluginError(f"an output is different in every build: {found[0]}")


def _of_a_lab(error: CellExecutionError, job: Job) -> str:
    """The kernel counts the lines of a cell; the file's own are counted from there."""
    trace = _COLORS.sub("", error.traceback)
    cell, line = _CELL.search(trace), _CELL_LINE.search(trace)
    before, found, _ = job.source.read_text("utf-8").partition(cell[1] if cell else "")
    places = [job.label]
    if found and line:
        places = [f"{job.label}:{before.count(chr(10)) + int(line[1])}"]
    for name, number in _FILE_LINE.findall(trace):
        if _is_own(name, job):
            places.append(f"{Path(name).relative_to(job.root)}:{number}")
    return "\n  ".join(
        [f"{error.ename}: {error.evalue}".removesuffix(": "), *reversed(places)]
    )


def _is_own(name: str, job: Job) -> bool:
    path = Path(name)
    if not path.is_relative_to(job.root):
        return False
    return path.relative_to(job.root).parts[0] not in (".venv", "sitebuild")
