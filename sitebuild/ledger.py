"""The measured values of one build: what was recorded, and what pages quote."""

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mkdocs.exceptions import PluginError

from dlnotes.ledger import format_value
from sitebuild.jobs import Job, Run
from sitebuild.near import near


@dataclass(frozen=True)
class Measured:
    """A recorded value.

    Attributes:
        name: `note/what-was-measured`.
        value: The number.
        error: Its standard error; `None` if it is exact.
        unit: What it counts.
        job: Who recorded it; `None` where nobody has yet, which only authors see.
    """

    name: str
    value: float
    error: float | None
    unit: str
    job: Job | None

    @property
    def text(self) -> str:
        """The value as the pages show it."""
        if self.job is None:
            return "not measured yet"
        return format_value(self.value, self.error, self.unit)

    @property
    def recorded_in(self) -> str:
        """The script or lab, as messages name it, with the line that records."""
        if self.job is None:
            return "no script or lab"
        line = _line(self.job, self.name)
        return f"{self.job.label}:{line}" if line else self.job.label


@dataclass
class Ledger:
    """The recorded values of one build.

    Attributes:
        values: They, by name.
        used: Names that a page or a claim has quoted.
        lenient: Show a placeholder instead of failing; for authors only.
        note: If not "", show one for what other notes have not measured.
    """

    values: dict[str, Measured] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    lenient: bool = False
    note: str = ""

    @classmethod
    def from_runs(
        cls, runs: Mapping[Job, Run], *, lenient: bool = False, note: str = ""
    ) -> "Ledger":
        """Collect what the jobs recorded.

        Raises:
            PluginError: If two jobs, or one job twice, recorded the same name, or a
                job one that does not begin with its note.
        """
        ledger = cls(lenient=lenient, note=note)
        for job, run in runs.items():
            for entry in run["values"]:
                new = Measured(**entry, job=job)
                if not new.name.startswith(f"{job.note}/"):
                    begins = f"its name must begin with {job.note}/"
                    raise PluginError(f"{job.label} records {new.name!r}: {begins}")
                first = ledger.values.setdefault(new.name, new)
                if first is not new:
                    where = f"is recorded in {first.recorded_in} too"
                    raise PluginError(f"{job.label}: {new.name} {where}")
        return ledger

    def get(self, name: str, where: str) -> Measured:
        """Look a value up and note that it is used.

        Raises:
            PluginError: If nothing of that name was recorded.
        """
        if name not in self.values:
            if self.lenient or not name.startswith(self._prefix):
                return Measured(name, math.nan, None, "", None)
            hint = near(name, self.values, 0.7)
            raise PluginError(f"{where}: no script or lab recorded {name!r}{hint}")
        self.used.add(name)
        return self.values[name]

    def unused(self) -> list[str]:
        """Messages about recorded values that no page and no claim uses."""
        return [
            f"{self.values[name].recorded_in}: no page uses the recorded {name!r}"
            for name in sorted(set(self.values) - self.used)
            if name.startswith(self._prefix)
        ]

    @property
    def _prefix(self) -> str:
        """How the names of the values begin that must be there."""
        return f"{self.note}/" if self.note else ""


def _line(job: Job, name: str) -> int:
    """The line of a job that records a number, 0 if its text does not tell."""
    try:
        tree = ast.parse(job.source.read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        return 0
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("record"), [first, *_]) if _may_be(first, name):
                return node.lineno
    return 0


def _may_be(node: ast.expr, text: str) -> bool:
    """Tell whether a piece of code may stand for a text, as f"sea/{name}" may."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    known = [p.value if isinstance(p, ast.Constant) else None for p in parts]
    words = [re.escape(p) if isinstance(p, str) else ".+" for p in known]
    return any(known) and re.fullmatch("".join(words), text) is not None
