"""Runs one job in a process of its own and leaves its outputs in a folder."""

import atexit
import json
import os
import resource
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

from sitebuild.freshness import reach
from sitebuild.freshness.files import state
from sitebuild.jobs import Job, Reads, Run
from sitebuild.worker import environment
from sitebuild.worker.explain import explain

# Loaded once by the fork server; none of it is the project's own code.
PRELOAD = [
    "matplotlib.pyplot",
    "mkdocs_gallery.gen_gallery",
    "mkdocs_gallery.gen_single",
    "nbclient",
    "numpy",
    "torch",
]


def run(
    job: Job,
    key: str,
    stage: Path,
    home: Path,
    settings: dict[str, Any],
    reply: Connection,
) -> None:
    """Run a job, and write what is known of the run beside its outputs.

    Args:
        job: The gallery script or lab.
        key: Hash of what its outputs depend on.
        stage: An empty folder for the outputs.
        home: An empty folder for its temporary files.
        settings: The gallery's options in mkdocs.yml.
        reply: Takes what went wrong, "" if the run ended well.
    """
    atexit._clear()  # what other code registered in the fork server
    os.setsid()  # so that whatever the job starts can be ended with it
    threading.Thread(target=_die_with_the_build, daemon=True).start()
    os.chdir(job.root)
    os.environ.clear()
    os.environ.update(environment.variables(home))
    os.environ["DLNOTES_LEDGER"] = str(stage / "ledger.jsonl")
    tempfile.tempdir = None  # the fork server may have asked for another
    try:
        facts = _run(job, key, stage, home, settings)
        atexit._run_exitfuncs()  # the job's own; multiprocessing would pass over them
        (stage / "run.json").write_text(json.dumps(facts, indent=1), "utf-8")
        reply.send("")
    except BaseException as error:
        reply.send(explain(error, job))


def _run(job: Job, key: str, stage: Path, home: Path, settings: dict[str, Any]) -> Run:
    started = time.perf_counter()
    read = _execute(job, stage, home, settings)
    seconds = time.perf_counter() - started
    for name, was in {**read["imported"], **read["opened"]}.items():
        if state(job.root, name) != was:
            raise PluginError(f"{name} changed while it ran; build again")
    foreseen = reach.foreseen(job.source, job.root)
    imported = {
        name: was
        for name, was in read["imported"].items()
        if name not in foreseen and not name.startswith("sitebuild/")
    }
    ledger = stage / "ledger.jsonl"
    lines = ledger.read_text("utf-8").splitlines() if ledger.exists() else []
    return {
        "key": key,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 2),
        "peak_mib": round(_peak_bytes() / 2**20),
        "opened": imported | read["opened"],
        "values": [json.loads(line) for line in lines],
    }


def _execute(job: Job, stage: Path, home: Path, settings: dict[str, Any]) -> Reads:
    """Run a job. What only that needs is imported here, so not by the build."""
    if job.kind == "gallery":
        from sitebuild.worker.script import run_script

        return run_script(job, stage, home, settings)
    from sitebuild.worker.lab import run_lab

    return run_lab(job, stage, home)


def _peak_bytes() -> int:
    """The most memory that this process, or one that it started, has had."""
    unit = 1 if sys.platform == "darwin" else 1024
    processes = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in processes) * unit


def _die_with_the_build() -> None:
    """End this process as soon as the build that started it is gone."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
