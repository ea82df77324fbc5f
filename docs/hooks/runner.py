"""Runs the stale jobs, each in a fresh process, as many at a time as there are cores.

Outputs are written to a stage and moved to the store only after the job ended well,
so that a failed or killed build leaves nothing that looks fresh.
"""

import json
import logging
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

from hooks import freshness, worker
from hooks.jobs import Job

log = logging.getLogger("mkdocs.hooks.runner")


def run_stale(
    jobs: list[Job], settings: Mapping[str, Any], workers: int
) -> dict[Job, dict]:
    """Run every stale job and store its outputs.

    Args:
        jobs: All jobs of the site.
        settings: The gallery's options in mkdocs.yml.
        workers: How many jobs run at a time.

    Returns:
        What is known of each job's last run, with `"executed"` telling whether that
        was now.

    Raises:
        PluginError: If jobs failed; the message names them with their tracebacks.
    """
    stale = [job for job in jobs if not freshness.is_fresh(job, settings)]
    failures = []
    if stale:
        log.info("Running %d of %d scripts and labs", len(stale), len(jobs))
        with _stages(stale[0].root) as stages, _pool(workers) as (pool, processes):
            futures = {
                pool.submit(_run_one, job, settings, stages, processes): job
                for job in _longest_first(stale)
            }
            for count, future in enumerate(as_completed(futures), start=1):
                job, error, seconds = futures[future], *future.result()
                log.info(
                    "[%d/%d] %s %s, %.1f s",
                    count,
                    len(stale),
                    "failed:" if error else "ran",
                    job.label,
                    seconds,
                )
                if error:
                    failures.append(f"{job.label} failed:\n{error}")
    if failures:
        raise PluginError("\n\n".join(sorted(failures)))
    runs = {job: freshness.stored(job) for job in jobs}
    return {job: {**run, "executed": job in stale} for job, run in runs.items() if run}


def available_cores() -> int:
    """Cores that this process may use, or what DLNOTES_WORKERS says."""
    if wanted := os.environ.get("DLNOTES_WORKERS"):
        if not wanted.isdigit() or int(wanted) < 1:
            raise PluginError(f"DLNOTES_WORKERS must be a count, got {wanted!r}")
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Processes:
    """Starts processes until it is closed; none outlives that."""

    def __init__(self) -> None:
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(worker.PRELOAD)
        self.starting = threading.Lock()
        self.closed = False

    def start(self, name: str, *arguments: Any) -> tuple[BaseProcess, Connection]:
        """Start a worker; give its process and the end of a pipe for its answer."""
        receive, send = self.context.Pipe(duplex=False)
        with self.starting:
            if self.closed:
                raise PluginError("the build was stopped")
            process = self.context.Process(
                target=worker.run, args=(*arguments, send), name=name
            )
            process.start()
        send.close()
        return process, receive

    def close(self) -> None:
        """Start no more, and end what runs."""
        with self.starting:
            self.closed = True
            for process in multiprocessing.active_children():
                process.kill()


def _run_one(
    job: Job, settings: Mapping[str, Any], stages: Path, processes: _Processes
) -> tuple[str | None, float]:
    """Run one job in a process of its own; give its error, if any, and its time."""
    started = time.perf_counter()
    key = freshness.key(job, settings)
    stage = Path(tempfile.mkdtemp(dir=stages))
    process, receive = processes.start(job.label, job, stage, dict(settings))
    try:
        state, facts = receive.recv()
    except EOFError:
        process.join()
        state, facts = "failed", f"its process ended with code {process.exitcode}"
    process.join()
    seconds = time.perf_counter() - started
    if state == "failed":
        return facts, seconds
    run = {
        "key": key,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(facts["seconds"], 2),
        "peak_mib": round(facts["peak_bytes"] / 2**20),
        "opened": facts["opened"],
        "values": _ledger(stage / "ledger.jsonl"),
    }
    (stage / "run.json").write_text(json.dumps(run, indent=1), "utf-8")
    if freshness.key(job, settings) != key:
        return "the code changed while it ran; build again", seconds
    job.store.parent.mkdir(parents=True, exist_ok=True)
    if job.store.exists():  # moved away at once: half of it must not look fresh
        job.store.rename(stages / f"{stage.name}-old")
    stage.rename(job.store)
    return None, seconds


def _ledger(path: Path) -> list[dict]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _longest_first(jobs: list[Job]) -> list[Job]:
    """Put what took long last time first, so that the cores finish together."""
    unknown = {"seconds": float("inf")}
    return sorted(
        jobs,
        key=lambda job: (freshness.stored(job) or unknown)["seconds"],
        reverse=True,
    )


@contextmanager
def _stages(root: Path) -> Iterator[Path]:
    """An empty folder for stages, on the file system of the store."""
    folder = root / ".cache" / "stage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _pool(workers: int) -> Iterator[tuple[ThreadPoolExecutor, _Processes]]:
    """Threads that each watch one process; no process outlives the pool."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"  # read once, when the fork server loads torch
    os.environ["MPLBACKEND"] = "agg"
    os.environ["PYTHONHASHSEED"] = "0"
    processes = _Processes()
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool, processes
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        processes.close()
        sys.stdout.flush()
