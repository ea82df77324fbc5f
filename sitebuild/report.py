"""The proof of execution, `run.json`, and what contradicts it."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sitebuild.freshness import keys
from sitebuild.jobs import Job, Run

BUILT = "@built@"  # where pages tell the time, which is known to be new at the end
_MARKUP = re.compile("<[^>]*>")


def summary(
    jobs: list[Job],
    runs: Mapping[Job, Run],
    stale: set[Job],
    workers: int,
    seconds: float,
) -> dict[str, Any]:
    """Say how many jobs were found and executed, when, and with what."""
    executed = sum(run["executed"] for run in runs.values())
    return {
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
        "found": len(jobs),
        "executed": executed,
        "fresh": len(jobs) - executed - len(stale),
        "stale": len(stale),
        "workers": workers,
        "wall_seconds": round(seconds, 2),
        "recorded": sum(len(run["values"]) for run in runs.values()),
        "versions": keys.versions(set(keys.ALWAYS)),
    }


def write_proof(
    path: Path, summary: Mapping[str, Any], runs: Mapping[Job, Run], stale: set[Job]
) -> None:
    """Write the summary and what is known of each run."""
    kept = ("key", "finished", "seconds", "peak_mib", "executed")
    jobs = [
        {
            "source": job.label,
            "page": job.page,
            "values": len(run["values"]),
            "stale": job in stale,
        }
        | {name: value for name, value in run.items() if name in kept}
        for job, run in runs.items()
    ]
    path.write_text(json.dumps({**summary, "jobs": jobs}, indent=1) + "\n", "utf-8")


def lasting(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What pages may say: what another build of the same sources says, too."""
    kept = {name: summary[name] for name in ("found", "recorded", "versions")}
    return {**kept, "built": BUILT}


def tell_the_time(site: Path, summary: Mapping[str, Any]) -> None:
    """Say on every page when it was built."""
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        page.write_text(text.replace(BUILT, summary["built"]), "utf-8")


def unaccounted(site: Path, jobs: Iterable[Job]) -> list[str]:
    """Messages about jobs whose page is missing or shows a traceback."""
    problems = []
    for job in jobs:
        page = site / job.url / "index.html"
        if not page.exists():
            problems.append(f"{job.label} has no page")
        elif "Traceback (most recent" in _MARKUP.sub("", page.read_text("utf-8")):
            problems.append(f"{job.label}: its page shows a traceback")
    return problems
