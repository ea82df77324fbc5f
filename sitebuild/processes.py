"""The processes of a build; none outlives it."""

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil
from mkdocs.exceptions import PluginError

from sitebuild.jobs import LIMIT
from sitebuild.worker import environment, process


class Processes:
    """Starts processes until it is closed; none outlives that."""

    def __init__(self) -> None:
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(process.PRELOAD)
        self.starting = threading.Lock()
        self.running: list[BaseProcess] = []
        self.closed = False

    def run(self, name: str, *arguments: Any, limit: float = LIMIT) -> str:
        """Run a worker to its end; give what went wrong, "" if nothing.

        Args:
            name: The process' name.
            arguments: What `sitebuild.worker.process.run` takes, without the pipe.
            limit: Seconds after which the worker is killed.
        """
        worker, receive = self._start(name, *arguments)
        ends = time.monotonic() + limit
        answer: str | None = None
        try:
            wait([receive, worker.sentinel], limit)
            with suppress(EOFError):
                answer = receive.recv() if receive.poll() else None
            if not answer:  # else it need not end by itself
                worker.join(max(0.0, ends - time.monotonic()))
        finally:
            code = worker.exitcode
            end(worker)
            receive.close()
        if answer:
            return answer
        if code is None and not self.closed:
            done = "" if answer is None else ": its code did, a thread of it did not"
            return f"it did not end within {limit / 60:g} minutes{done}"
        if answer is None or code:
            return f"its process ended with code {code}"
        return ""

    def _start(self, name: str, *arguments: Any) -> tuple[BaseProcess, Connection]:
        """Start a worker; give its process and the end of a pipe for its answer."""
        receive, send = self.context.Pipe(duplex=False)
        with self.starting:
            if self.closed:
                raise PluginError("the build was stopped")
            worker = self.context.Process(
                target=process.run, args=(*arguments, send), name=name
            )
            worker.start()
            self.running.append(worker)
        send.close()
        return worker, receive

    def close(self) -> None:
        """Start no more, and end what runs."""
        with self.starting:
            self.closed = True
            for worker in self.running:
                end(worker)


def end(worker: BaseProcess) -> None:
    """Kill a worker, if it still runs, with all that it started."""
    if worker.pid is None:
        return
    started: list[psutil.Process] = []
    with suppress(psutil.Error):
        started = psutil.Process(worker.pid).children(recursive=True)
    for one in started:
        with suppress(psutil.Error):
            one.kill()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(worker.pid, signal.SIGKILL)  # a worker leads a group of its own
    with suppress(ValueError):
        worker.kill()
        worker.join()


@contextmanager
def worker_pool(workers: int) -> Iterator[tuple[ThreadPoolExecutor, Processes]]:
    """Threads that each watch one process; no process outlives the pool."""
    processes = Processes()
    home = Path(tempfile.gettempdir())
    with environment.only(environment.variables(home)):
        forkserver.ensure_running()  # what it loads reads the environment once
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool, processes
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        processes.close()
        sys.stdout.flush()


def available_cores() -> int:
    """Cores that this process may use, or what DLNOTES_WORKERS says."""
    if wanted := os.environ.get("DLNOTES_WORKERS"):
        if not wanted.isdigit() or int(wanted) < 1:
            raise PluginError(f"DLNOTES_WORKERS must be a count, got {wanted!r}")
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
