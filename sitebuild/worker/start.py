"""Gives every job the same start, whatever ran before."""

import atexit
import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from IPython.core.getipython import get_ipython

from sitebuild.worker import chance, figures
from sitebuild.worker.outputs import Meter
from sitebuild.worker.watch import Watch

SEED = 0

_getppid = os.getppid  # kept, since the watch refuses it to the job


def same_start() -> None:
    """Set all sources of chance, the number type and the number of threads."""
    chance.fix(SEED)
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002
    torch.manual_seed(SEED)
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(1)


def start_lab(root: str, own: list[str]) -> Watch:
    """Prepare a lab's kernel: the same start as a script, and the same watch."""
    threading.Thread(target=_die_with, args=(_getppid(),), daemon=True).start()
    # After what the lab registers, before the end of the kernel's own threads: Python
    # aborts if one of them is still writing while the interpreter is taken down.
    atexit.register(os._exit, 0)
    same_start()
    figures.apply_style()
    figures.write_titles()
    watch = Watch(Path(root), [Path(folder) for folder in own])
    meter = Meter(watch.refuse)
    # IPython gives the streams another `write` for the time of a cell.
    shell: Any = get_ipython()
    shell.events.register("pre_run_cell", lambda _: meter.watch(sys.stdout))
    shell.events.register("pre_run_cell", lambda _: meter.watch(sys.stderr))
    return watch


def finish_lab(watch: Watch, report: str) -> None:
    """Write down, at the end of a lab, what it read.

    Raises:
        RuntimeError: If a thread of the lab goes on: the kernel would wait for it.
    """
    left = [thread for thread in threading.enumerate() if not thread.daemon]
    if names := [t.name for t in left if t is not threading.main_thread()]:
        signal.alarm(10)  # else the kernel waits for them
        raise RuntimeError(f"the lab leaves threads behind: {', '.join(names)}")
    Path(report).write_text(json.dumps(watch.finish()), "utf-8")


def _die_with(parent: int) -> None:
    """End this process soon after the one that started it."""
    while _getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
