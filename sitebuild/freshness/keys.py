"""Decides whether the stored outputs of a job still belong to the code."""

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from sitebuild import seal
from sitebuild.freshness import remembered
from sitebuild.freshness.files import file_hash, state
from sitebuild.jobs import Job, Run

ALWAYS = ("torch", "numpy", "matplotlib", "mkdocs-gallery")
# A change in what runs a job, or in what draws its figures, makes every output old.
WORKER = Path(__file__).parents[1] / "worker"


def key(job: Job, settings: Mapping[str, object], state: str = "") -> str:
    """Hash everything that the outputs of a job depend on before it runs.

    Args:
        job: The gallery script or lab.
        settings: The gallery's options in mkdocs.yml.
        state: Of all code, as `remembered.code_state` hashes it; "" to look anew.

    Returns:
        A hash of its text, the project code it reaches, the versions of Python and
        of the packages it uses, the options, and the code that runs it.
    """
    reached = remembered.reached(job.source, job.root, state)
    table = remembered.distributions(job.root)
    packages = {name for module in reached.packages for name in table.get(module, ())}
    parts = {
        "code": reached.fingerprint,
        "versions": versions(packages.union(ALWAYS)),
        "settings": {name: str(value) for name, value in sorted(settings.items())},
        "runner": [file_hash(path) for path in sorted(WORKER.glob("*.py"))],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def stored(job: Job) -> Run | None:
    """Read what is known of the last good run of a job, fresh or stale.

    `None` if its outputs are not all there, as they were stored.
    """
    if not seal.is_whole(job.store):
        return None
    try:
        run: Run = json.loads((job.store / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return run


def is_fresh(
    job: Job, run: Run | None, settings: Mapping[str, object], state: str = ""
) -> bool:
    """Tell whether a job would give again what is stored of its last good run.

    Beyond the key, whatever that run read must be unchanged.
    """
    if run is None or run["key"] != key(job, settings, state):
        return False
    return not changed(job, run)


def changed(job: Job, run: Run) -> list[str]:
    """Names of what a run of a job read, and what is not the same any more."""
    opened = run["opened"]
    return [name for name, was in opened.items() if state(job.root, name) != was]


def versions(packages: set[str]) -> dict[str, str]:
    """Versions of Python and of installed packages."""
    return {
        "python": platform.python_version(),
        **{name: _version(name) for name in sorted(packages)},
    }


@lru_cache
def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
