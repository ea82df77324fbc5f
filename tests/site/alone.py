"""Code in a process of its own, which a fork server starts in no time."""

import multiprocessing
import os
import sys
from pathlib import Path

from sitebuild.worker.process import PRELOAD


def run_alone(code: str, folder: Path, output: Path) -> str:
    """Run code in a folder; give what it printed.

    Args:
        code: Python source.
        folder: Where it starts.
        output: A file for what it prints; its errors go to one beside it.

    Raises:
        AssertionError: If it failed, with its traceback.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    process = context.Process(target=_run, args=(code, folder, output))
    process.start()
    process.join()
    assert process.exitcode == 0, _errors(output).read_text("utf-8")
    return output.read_text("utf-8")


def _run(code: str, folder: Path, output: Path) -> None:
    for stream, path in enumerate((output, _errors(output)), start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    os.chdir(folder)
    sys.path[0] = ""
    exec(compile(code, "alone", "exec"), {"__name__": "__main__"})


def _errors(output: Path) -> Path:
    return output.with_name(f"{output.name}-errors")
