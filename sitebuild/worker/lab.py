"""Runs a lab: a notebook, executed in a kernel of its own."""

import ast
import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from mkdocs.exceptions import PluginError
from nbclient import NotebookClient
from traitlets.config import Config

from sitebuild.jobs import Job, Reads
from sitebuild.worker.explain import insist_on_no_address
from sitebuild.worker.outputs import insist_on_plain

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
FIRST = """\
from sitebuild.worker import start as _start
_watch = _start.start_lab({root!r}, {own!r})
%config InlineBackend.figure_formats = ['svg']
"""
PATIENCE = 60  # seconds for what takes none on an idle machine
LAST = "_start.finish_lab(_watch, {report!r})"


def run_lab(job: Job, stage: Path, home: Path) -> Reads:
    """Execute a lab; the first error ends it."""
    notebook = jupytext.read(job.source)
    _insist_on_plain_cells(notebook, job)
    notebook.metadata["kernelspec"] = KERNEL
    plain = nbformat.from_dict(notebook)
    nbformat.write(plain, stage / f"{job.source.stem}.ipynb")
    shutil.copyfile(job.source, stage / job.source.name)

    report = stage / "opened.json"
    first = FIRST.format(root=str(job.root), own=[str(stage), str(home)])
    last = LAST.format(report=str(report))
    notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    notebook.cells.append(nbformat.v4.new_code_cell(last))
    _execute(notebook, job.root, home)
    del notebook.cells[0], notebook.cells[-1]
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            insist_on_no_address(data.get("text/plain", output.get("text", "")))
            insist_on_plain(data, f"cell {number}")
    nbformat.write(notebook, stage / "executed.ipynb")
    if not report.exists():
        raise PluginError(f"{job.label} ended before its last cell")
    read: Reads = json.loads(report.read_text("utf-8"))
    report.unlink()
    return read


def _insist_on_plain_cells(notebook: Any, job: Job) -> None:
    """Refuse what would leave a cell unexecuted, or its errors unseen."""
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"{job.label}: cell {number}"
        if cell.cell_type not in ("code", "markdown") or cell.metadata:
            kind = dict(cell.metadata) or cell.cell_type
            raise PluginError(f"{where} has more than code or markdown: {kind}")
        if cell.cell_type == "code":
            try:
                compile(cell.source, where, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            except SyntaxError as error:
                raise PluginError(f"{where} is not plain Python: {error}") from error


def _execute(notebook: Any, root: Path, home: Path) -> None:
    """Run the cells in a kernel that starts in the project and draws inline."""
    os.environ.pop("MPLBACKEND", None)
    settings = Config()
    # Files, no ports that others could reach; the names of such files must be short.
    settings.KernelManager.transport = "ipc"
    settings.KernelManager.ip = str(home / "k")
    settings.KernelManager.shutdown_wait_time = 2 * PATIENCE
    client = _Client(
        notebook,
        timeout=None,
        allow_errors=False,
        startup_timeout=PATIENCE,
        iopub_timeout=PATIENCE,
        raise_on_iopub_timeout=True,  # else outputs would be lost
        config=settings,
    )
    client.execute(cwd=str(root))
    # Its manager ends a kernel that is slow to leave, after its last cell, by SIGTERM.
    if client.code not in (None, 0, -signal.SIGTERM):
        raise PluginError(f"the kernel ended with code {client.code}")


class _Client(NotebookClient):
    """Keeps the code with which the kernel ends."""

    code: int | None = None

    async def _async_cleanup_kernel(self) -> None:
        process = getattr(getattr(self.km, "provisioner", None), "process", None)
        await super()._async_cleanup_kernel()
        self.code = process.wait() if process else None
