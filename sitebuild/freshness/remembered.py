"""Remembers what scripts reach and name, as long as no file of code changes.

And which package has which module, as long as none is installed.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from threading import Lock

from sitebuild import seal
from sitebuild.freshness import reach
from sitebuild.freshness.files import tree

_ONE_BY_ONE = Lock()


@dataclass
class Reached:
    """What the code says of one script.

    Attributes:
        fingerprint: Hash of the code that it reaches.
        packages: Those that it imports, sorted.
        named: Dotted names of the project's definitions that it uses, sorted.
    """

    fingerprint: str
    packages: list[str]
    named: list[str]


def code_state(root: Path) -> str:
    """Hash all code of a project."""
    found = {name: x for name, x in tree(root, root).items() if name.endswith(".py")}
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def reached(script: Path, root: Path, state: str = "") -> Reached:
    """See what a script reaches, at once where the code is as it was.

    Args:
        script: The gallery script or lab.
        root: The project.
        state: What `code_state` says of it; "" to look anew.
    """
    folder = root / ".cache" / "reach"
    path = folder / script.relative_to(root).as_posix().replace("/", "-")
    if state and (known := seal.read_sealed(path)):
        of, *facts = json.loads(known)
        if of == state:  # then this file is the same, too
            return Reached(**facts[0])
    digest, packages = reach.fingerprint(script, root)
    named = reach.named_definitions(script, root)
    found = Reached(digest, sorted(packages), sorted(named))
    if state:
        seal.make_folder(folder, root / ".cache")
        seal.write_sealed(path, json.dumps([state, asdict(found)]))
    return found


def packages() -> list[str]:
    """Installed packages, with their versions."""
    folders = [Path(folder) for folder in sys.path if folder]
    return sorted(path.name for f in folders for path in f.glob("*.dist-info"))


def distributions(root: Path) -> Mapping[str, list[str]]:
    """The names of packages that have a module, by the name of the module.

    Jobs that run at the same time ask in threads of their own; one reads for all.
    """
    with _ONE_BY_ONE:
        return _distributions(root)


@lru_cache(maxsize=1)  # for all scripts of a build
def _distributions(root: Path) -> Mapping[str, list[str]]:
    path, state = root / ".cache" / "distributions", packages()
    if known := seal.read_sealed(path):
        of, found = json.loads(known)
        if of == state:
            return dict(found)
    table = metadata.packages_distributions()
    seal.make_folder(path.parent, path.parent)
    seal.write_sealed(path, json.dumps([state, table]))
    return table
