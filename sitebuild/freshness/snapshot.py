"""Tells whether the sources of a site stayed the same while it was built."""

from collections.abc import Mapping
from pathlib import Path

from mkdocs.exceptions import PluginError

from sitebuild.freshness import keys
from sitebuild.freshness.files import tree
from sitebuild.jobs import Job, Run

Snapshot = dict[str, str]  # names of files, to hashes

SOURCES = ("dlnotes", "docs", "examples", "mkdocs.yml", "sitebuild", "tests")
# What the build itself has imported, of the project; of the library only the ledger.
_IMPORTED = ("sitebuild/", "dlnotes/ledger.py")
_loaded: Snapshot = {}


def take(root: Path) -> Snapshot:
    """Hash every source of a project's site.

    Raises:
        PluginError: If the code of the build is no more what this process has loaded.
    """
    now = {
        name: digest
        for top in SOURCES
        for name, digest in tree(root / top, root).items()
        if not _is_scratch(name)
    }
    own = {name: now[name] for name in now if name.startswith(_IMPORTED)}
    if _loaded and (changed := differing(_loaded, own)):
        raise PluginError(f"{changed[0]} changed: stop mkdocs and start it again")
    _loaded.update(own)
    return now


def changes(before: Snapshot, runs: Mapping[Job, Run], root: Path) -> list[str]:
    """Messages about sources, and files that jobs read, that changed since then."""
    found = differing(before, take(root))
    found += [name for job, run in runs.items() for name in keys.changed(job, run)]
    return [
        f"{name} changed while the site was built; build again"
        for name in dict.fromkeys(found)
    ]


def differing(before: Snapshot, now: Snapshot) -> list[str]:
    """Names of the files that are not the same in two snapshots."""
    names = sorted({*before, *now})
    return [name for name in names if before.get(name) != now.get(name)]


def _is_scratch(name: str) -> bool:
    """Tell whether an editor made a file for the time of its editing."""
    last = name.rsplit("/", 1)[-1]
    return last.startswith((".", "#")) or last.endswith(("~", ".swp", ".tmp"))
