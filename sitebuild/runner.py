"""Runs the stale jobs, each in a fresh process, as many at a time as there are cores.

Outputs are written to a stage and moved to the store only after the job ended well,
so that a failed or killed build leaves nothing that looks fresh.
"""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

from sitebuild import seal
from sitebuild.freshness import allowed, keys
from sitebuild.jobs import LIMIT, Job, Run
from sitebuild.processes import Processes, worker_pool
from sitebuild.temporary import folder_of_a_build

log = logging.getLogger("mkdocs.hooks.runner")


def run_stale(
    jobs: list[Job],
    settings: Mapping[str, Any],
    workers: int,
    limit: float = LIMIT,
    before: Callable[[], None] = lambda: None,
    state: str = "",
) -> dict[Job, Run]:
    """Run every stale job and store its outputs.

    Args:
        jobs: All jobs of the site.
        settings: The gallery's options in mkdocs.yml.
        workers: How many jobs run at a time.
        limit: Seconds after which a job is killed, and has failed.
        before: Called before the first one runs; may raise.
        state: Of all code, as `remembered.code_state` hashes it; "" to look anew.

    Returns:
        What is known of each job's last run, with `"executed"` telling whether that
        was now.

    Raises:
        PluginError: If jobs failed; the message names them with their tracebacks.
    """
    runs = {job: keys.stored(job) for job in jobs}
    stale = [j for j in jobs if not keys.is_fresh(j, runs[j], settings, state)]
    if faults := allowed.faults(stale):
        raise PluginError("\n".join(faults))
    if stale:
        before()
        log.info("Running %d of %d scripts and labs", len(stale), len(jobs))
        if failures := _run_all(stale, settings, workers, limit):
            raise PluginError("\n\n".join(sorted(failures)))
        runs |= {job: keys.stored(job) for job in stale}
    return {job: {**run, "executed": job in stale} for job, run in runs.items() if run}


def _run_all(
    stale: list[Job], settings: Mapping[str, Any], workers: int, limit: float
) -> list[str]:
    """Run jobs and show the progress; give the messages of those that failed."""
    failures = []
    root = stale[0].root
    with (
        _stages(root) as stages,
        folder_of_a_build() as homes,
        worker_pool(workers) as (pool, processes),
    ):
        futures = {
            pool.submit(_run_one, job, settings, stages, homes, processes, limit): job
            for job in _longest_first(stale)
        }
        for count, future in enumerate(as_completed(futures), start=1):
            job, (error, seconds) = futures[future], future.result()
            state = "failed:" if error else "ran"
            place = f"[{count}/{len(stale)}]"
            log.info("%s %s %s, %.1f s", place, state, job.label, seconds)
            if error:
                named = error.startswith(f"{job.label}:")
                failures.append(error if named else f"{job.label} failed:\n{error}")
    return failures


def _run_one(
    job: Job,
    settings: Mapping[str, Any],
    stages: Path,
    homes: Path,
    processes: Processes,
    limit: float,
) -> tuple[str, float]:
    """Run one job in a process of its own; give its error, if any, and its time."""
    started = time.perf_counter()
    key = keys.key(job, settings)
    stage = Path(tempfile.mkdtemp(dir=stages))
    with tempfile.TemporaryDirectory(dir=homes, ignore_cleanup_errors=True) as home:
        arguments = (job, key, stage, Path(home), dict(settings))
        error = processes.run(job.label, *arguments, limit=limit)
    if not error and keys.key(job, settings) != key:
        error = "the code changed while it ran; build again"
    if not error:
        error = _keep(job, stage)
    return error, time.perf_counter() - started


def _keep(job: Job, stage: Path) -> str:
    """Seal the outputs of a run that ended well, and move them to the store.

    Returns:
        What went wrong, "" if nothing.
    """
    try:
        seal.seal(stage)
        seal.make_folder(job.store.parent, job.root / ".cache")
        if os.path.lexists(job.store):  # away at once: half of it must not look fresh
            job.store.rename(stage.with_name(f"{stage.name}-old"))
        stage.rename(job.store)
    except OSError as error:
        return f"its outputs cannot be stored: {error}"
    return ""


def _longest_first(jobs: list[Job]) -> list[Job]:
    """Put what took long last time first, so that the cores finish together.

    Before that comes what is new, and of this first what repeats itself over seeds.
    """

    def length(job: Job) -> tuple[float, bool]:
        if run := keys.stored(job):
            return run["seconds"], False
        return float("inf"), "range(seeds)" in job.source.read_text("utf-8")

    return sorted(jobs, key=length, reverse=True)


@contextmanager
def _stages(root: Path) -> Iterator[Path]:
    """An empty folder for stages, on the file system of the store."""
    folder = root / ".cache" / "stage"
    shutil.rmtree(folder, ignore_errors=True)
    seal.make_folder(folder, root / ".cache")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
