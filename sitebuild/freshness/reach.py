"""Which definitions of the project a script reaches, found without running it.

A definition is a top-level function or class of a project module. A script reaches
those that it names, those that these name, and so on, and the top-level code of
every module imported on the way. A module that is handed around as a whole, or from
which an unknown name is taken, counts whole. If anything reached may find code by
other ways than its name, every reached file counts to the letter.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from mkdocs.exceptions import PluginError

from sitebuild.freshness.modules import (
    BODY,
    WHOLE,
    Module,
    Target,
    code,
    dotted_name,
    parse,
)

Unit = tuple[Path, str]  # a module, and a definition in it, BODY or WHOLE


def reached_units(script: Path, root: Path) -> set[Unit]:
    """Find every unit that a script reaches; the script itself is one unit."""
    return Walk(script, root).reached()


def fingerprint(script: Path, root: Path) -> tuple[str, set[str]]:
    """Hash the code that a script reaches, and name the packages that it imports.

    Comments and docstrings do not count, except for those of the script itself, whose
    page shows them.

    Returns:
        The hash, and the top-level packages outside the project.
    """
    walk = Walk(script, root)
    units = sorted(walk.reached())
    digest = hashlib.sha256(script.read_bytes())
    to_the_letter = any(walk.module(path).looks_around(name) for path, name in units)
    for path, name in units:
        digest.update(f"\n{path.relative_to(root)}:{name}\n".encode())
        if to_the_letter:
            digest.update(path.read_bytes())
        elif path != script:
            digest.update(_code(path, path.read_text("utf-8"), root, name))
    packages = {
        dotted.split(".")[0]
        for path in {path for path, _ in units}
        for dotted, _, _ in walk.module(path).mentions(WHOLE)[0]
        if not walk.locate(dotted.split(".")[0])
    }
    return digest.hexdigest(), packages


def foreseen(script: Path, root: Path) -> set[str]:
    """Give the names of the files whose reached code is in the fingerprint."""
    paths = {path for path, _ in reached_units(script, root)}
    return {path.relative_to(root).as_posix() for path in paths}


def named_definitions(script: Path, root: Path) -> set[str]:
    """Give the dotted names of the project's definitions that a script itself uses."""
    units = Walk(script, root).next_units((script, WHOLE))
    return {
        f"{dotted_name(path, root)}.{name}"
        for path, name in units
        if path != script and name not in (BODY, WHOLE)
    }


class Walk:
    """Steps from one unit to those that it needs, as one script would import them."""

    def __init__(self, script: Path, root: Path) -> None:
        self.script = script
        self.root = root
        self.modules: dict[Path, Module] = {}
        self.located: dict[str, Path | None] = {}
        self.folders: dict[str, list[Path]] = {}

    def reached(self) -> set[Unit]:
        """Go from the script until nothing new turns up."""
        done: set[Unit] = set()
        todo: list[Unit] = [(self.script, WHOLE)]
        while todo:
            unit = todo.pop()
            if unit not in done:
                done.add(unit)
                todo += self.next_units(unit)
        return done

    def module(self, path: Path) -> Module:
        """Parse a project file."""
        if path not in self.modules:
            self.modules[path] = _read(path, path.read_text("utf-8"), self.root)
        return self.modules[path]

    def next_units(self, unit: Unit) -> list[Unit]:
        """Find the units that one unit needs to run."""
        path, name = unit
        module = self.module(path)
        found = [(path, BODY)] if path != self.script else []
        if name == BODY:
            found += [(path, other) for other in module.acting]
        if name == WHOLE and path != self.script:
            found += self._contents(path, module)
        imports, chains = module.mentions(name)
        for dotted, item, _ in imports:
            found += self._bodies(f"{dotted}.{item}" if item else dotted)
            if item == "*":
                found += self._resolve(dotted, ())
        for first, attributes in chains:
            if first in module.definitions and path != self.script:
                found.append((path, first))
            for dotted, parts in module.names.get(first, ()):
                found += self._resolve(dotted, (*parts, *attributes))
        return found

    def _contents(self, path: Path, module: Module) -> list[Unit]:
        """All that a module defines or imports, and if it is a package, holds."""
        found = [(path, name) for name in module.definitions]
        for targets in module.names.values():
            for dotted, parts in targets:
                found += self._resolve(dotted, parts)
        if path.name == "__init__.py":
            found += [(inner, WHOLE) for inner in path.parent.rglob("*.py")]
        return found

    def locate(self, dotted: str) -> Path | None:
        """Find the project file behind a dotted name."""
        if dotted not in self.located:
            relative = dotted.replace(".", "/")
            places = (
                Path(f"{base}/{relative}{end}")
                for base in (self.script.parent, self.root)
                for end in ("/__init__.py", ".py")
            )
            self.located[dotted] = next(filter(Path.is_file, places), None)
        return self.located[dotted]

    def folder(self, dotted: str) -> list[Path]:
        """Find the files of a package that has no `__init__.py`."""
        if dotted not in self.folders:
            bases = (self.script.parent, self.root) if dotted else ()
            found = [base / dotted.replace(".", "/") for base in bases]
            self.folders[dotted] = [
                path
                for folder in found
                if folder.is_dir() and not self.locate(dotted)
                for path in sorted(folder.rglob("*.py"))
            ]
        return self.folders[dotted]

    def _bodies(self, dotted: str) -> list[Unit]:
        """What an import runs: the top levels of a module and its packages."""
        parts = dotted.split(".")
        prefixes = [".".join(parts[: i + 1]) for i in range(len(parts))]
        paths = [self.locate(prefix) for prefix in prefixes]
        return [(path, BODY) for path in paths if path]

    def _resolve(
        self, dotted: str, parts: tuple[str, ...], seen: frozenset[Target] = frozenset()
    ) -> list[Unit]:
        """Follow names from a module on to the units that they may mean."""
        if (dotted, parts) in seen or not dotted:
            return []
        seen |= {(dotted, parts)}
        path = self.locate(dotted)
        found = self._bodies(dotted)
        if not parts:  # the module itself is handed around
            files = [path] if path else self.folder(dotted)
            return [*found, *((file, WHOLE) for file in files)]
        return found + self._meanings(path, dotted, parts[0], parts[1:], seen)

    def _meanings(
        self,
        path: Path | None,
        dotted: str,
        name: str,
        rest: tuple[str, ...],
        seen: frozenset[Target],
    ) -> list[Unit]:
        """What one name in a module, followed by others, may mean."""
        meanings: list[Unit] = []
        if self.locate(f"{dotted}.{name}") or self.folder(f"{dotted}.{name}"):
            meanings += self._resolve(f"{dotted}.{name}", rest, seen)
        if path:
            module = self.module(path)
            if name in module.definitions:
                meanings.append((path, name))
            for other, others in module.names.get(name, ()):
                meanings += self._resolve(other, (*others, *rest), seen)
            if not meanings and name not in {*module.assigned, *module.names}:
                meanings.append((path, WHOLE))
        return meanings


@lru_cache(maxsize=1024)
def _read(path: Path, text: str, root: Path) -> Module:
    try:
        return parse(text, dotted_name(path, root), path.name == "__init__.py")
    except SyntaxError as error:
        where = f"{path.relative_to(root)}:{error.lineno}"
        raise PluginError(f"{where}: {error.msg}") from error


@lru_cache(maxsize=4096)
def _code(path: Path, text: str, root: Path, name: str) -> bytes:
    return code(_read(path, text, root).nodes(name))
