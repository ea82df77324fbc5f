"""Measured values and claims: what was recorded, what pages quote, what holds."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from mkdocs.exceptions import PluginError

from dlnotes.ledger import format_value
from hooks.jobs import Job

KINDS = ("proved", "reproduced", "refuted", "cited")
REQUIRED = {"id", "note", "claim", "source", "reference", "kind"}
MEASURED = {"value", "condition", "means"}


@dataclass
class Ledger:
    """The recorded values of one build.

    Attributes:
        values: Name to `{"value", "error", "unit", "job"}`.
        used: Names that a page or a claim has quoted.
        lenient: Show a placeholder instead of failing; for authors only.
    """

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    lenient: bool = False

    @classmethod
    def from_runs(cls, runs: dict[Job, dict], *, lenient: bool = False) -> "Ledger":
        """Collect what the jobs recorded.

        Raises:
            PluginError: If two jobs, or one job twice, recorded the same name.
        """
        ledger = cls(lenient=lenient)
        for job, run in runs.items():
            for entry in run["values"]:
                name = entry["name"]
                if name in ledger.values:
                    first = ledger.values[name]["job"].label
                    raise PluginError(f"{job.label}: {name} is recorded in {first} too")
                ledger.values[name] = {**entry, "job": job}
        return ledger

    def get(self, name: str, where: str) -> dict[str, Any]:
        """Look a value up and note that it is used.

        Raises:
            PluginError: If nothing of that name was recorded.
        """
        if name not in self.values:
            if self.lenient:
                return {"value": float("nan"), "error": None, "unit": "", "job": None}
            raise PluginError(f"{where}: no script or lab recorded {name!r}")
        self.used.add(name)
        return self.values[name]

    def text(self, name: str, where: str) -> str:
        """Write a value as the pages show it."""
        entry = self.get(name, where)
        if entry["job"] is None:
            return "not measured yet"
        return format_value(entry["value"], entry["error"], entry["unit"])

    def unused(self) -> list[str]:
        """Messages about recorded values that no page and no claim uses."""
        return [
            f"{self.values[name]['job'].label}: no page uses the recorded {name!r}"
            for name in sorted(set(self.values) - self.used)
        ]


def load_claims(path: Path) -> list[dict[str, Any]]:
    """Read the claims and check their form.

    Raises:
        PluginError: If a field is missing, unknown or has a value that it cannot have.
    """
    try:
        claims = yaml.safe_load(path.read_text("utf-8")) or []
    except yaml.YAMLError as error:
        raise PluginError(f"{path.name}: {error}") from error
    if not isinstance(claims, list):
        raise PluginError(f"{path.name} must be a list of claims")
    seen = set()
    for claim in claims:
        if not isinstance(claim, dict) or not isinstance(claim.get("id"), str):
            raise PluginError(f"{path.name}: not a claim with an id: {claim!r}")
        name = claim["id"]
        problem = None
        wanted = REQUIRED | (set() if claim.get("kind") == "cited" else MEASURED)
        if missing := wanted - set(claim):
            problem = f"lacks {', '.join(sorted(missing))}"
        elif unknown := set(claim) - wanted:
            problem = f"has the unknown fields {', '.join(sorted(unknown))}"
        elif claim["kind"] not in KINDS:
            problem = f"has kind {claim['kind']!r}, expected one of {', '.join(KINDS)}"
        elif not name.startswith(f"{claim['note']}/"):
            problem = f"must have an id that starts with '{claim['note']}/'"
        elif name in seen:
            problem = "appears twice"
        if problem:
            raise PluginError(f"{path.name}: claim {name} {problem}")
        seen.add(name)
    return claims


def check_claims(claims: list[dict[str, Any]], ledger: Ledger) -> list[str]:
    """Evaluate every claim that is not cited; give a message for each that fails."""
    failures: list[str] = []
    if ledger.lenient:
        return failures
    for claim in claims:
        if claim["kind"] == "cited":
            continue
        where = f"claims.yml: claim {claim['id']}"
        try:
            entry = ledger.get(claim["value"], where)
            holds = _evaluate(claim["condition"], entry, ledger, where)
        except PluginError as error:
            failures.append(str(error))
            continue
        if not holds:
            value = format_value(entry["value"], entry["error"], entry["unit"])
            failures.append(
                f"{where} is broken: measured {value} in {entry['job'].label}, "
                f"but it must satisfy: {claim['condition']}"
            )
    return failures


def _evaluate(condition: str, entry: dict, ledger: Ledger, where: str) -> bool:
    names = {
        "value": entry["value"],
        "error": entry["error"],
        "measured": lambda name: ledger.get(name, where)["value"],
        "abs": abs,
        "min": min,
        "max": max,
    }
    try:
        result = eval(condition, {"__builtins__": {}}, names)
    except Exception as error:
        raise PluginError(f"{where}: cannot evaluate {condition!r}: {error}") from error
    if not isinstance(result, bool):
        raise PluginError(f"{where}: {condition!r} is not a yes-or-no condition")
    return result
