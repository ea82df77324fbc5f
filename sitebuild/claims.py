"""What articles and papers claim, and whether this build's measurements agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mkdocs.exceptions import PluginError

from sitebuild.conditions import Known, Number, idle, parse_condition
from sitebuild.ledger import Ledger, Measured

CERTAIN = 0.95  # a claim that agrees says what it would have seen with this probability


@dataclass(frozen=True)
class Claim:
    """One claim; CONTRIBUTING.md says what its fields mean."""

    note: str
    id: str
    claim: str
    source: str
    reference: str
    kind: str
    value: str = ""
    condition: str = ""
    means: str = ""
    detects: str = ""
    line: int = field(default=0, compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def where(self) -> str:
        """The claim as messages name it."""
        return self.at("id")

    def at(self, name: str) -> str:
        """The claim as messages name it that are about one of its fields."""
        return f"docs/claims/{self.note}.yml:{self.line_of(name)}: claim {self.id}"

    def line_of(self, name: str) -> int:
        """The line of one of its fields."""
        return self.lines.get(name, self.line)


def check_claims(claims: Iterable[Claim], ledger: Ledger) -> list[str]:
    """Check every claim that is not cited; give a message for each that fails.

    In the authors' mode, claims about what was never measured pass.
    """
    measured = [claim for claim in claims if claim.kind != "cited"]
    return [fault for claim in measured for fault in _faults(claim, ledger)]


def detectable(claim: Claim, ledger: Ledger) -> float:
    """The deviation that a claim's test would have seen with probability `CERTAIN`.

    Raises:
        PluginError: If that is not a positive number that grows with the error.
    """
    number = Number.parse(claim.detects, claim.value)
    _, known = _known(claim, ledger, number.names(), "detects")
    if number.names() - set(known):  # an author has not measured them yet
        return float("nan")
    try:
        size = number.at(known)
        grows = "error" in known and number.at({**known, "error": 2 * known["error"]})
    except ArithmeticError as error:
        where = claim.at("detects")
        raise PluginError(f"{where}: cannot compute detects: {error}") from error
    if not 0 < size < grows:
        problem = "is not a positive number that grows with the error"
        raise PluginError(f"{claim.at('detects')}: {claim.detects!r} {problem}")
    return float(size)


def _faults(claim: Claim, ledger: Ledger) -> list[str]:
    """Messages about one claim."""
    try:
        name, fault = _measured_fault(claim, ledger)
        return [f"{claim.at(name)} {fault}"] if fault else []
    except PluginError as error:
        return [str(error)]
    except (ValueError, ArithmeticError, RecursionError) as error:
        return [f"{claim.at('condition')}: {error}"]


def _measured_fault(claim: Claim, ledger: Ledger) -> tuple[str, str]:
    """What is wrong with a claim, given what was measured; first the field that is."""
    condition = parse_condition(claim.condition, claim.value)
    names = set().union(*(comparison.names() for comparison in condition))
    found, known = _known(claim, ledger, names, "condition")
    if names - set(known):  # an author has not measured them yet
        return "", ""
    if claim.kind == "proved" and found.error is not None:
        why = "a test that did not reject is a claim that agrees"
        return "kind", f"is proved, but {claim.value} has a standard error: {why}"
    if claim.kind == "agrees" and found.error is None:
        return "kind", f"agrees, but {claim.value} has no standard error"
    if not all(comparison.holds(known) for comparison in condition):
        wanted = f"{claim.condition}{_others(claim, ledger, names)}"
        measured = f"measured {found.text} in {found.recorded_in}"
        return "condition", f"is broken: {measured}, but it must satisfy: {wanted}"
    errors = {name: ledger.values[name].error for name in names - {"error"}}
    spread = {name: error for name, error in errors.items() if error is not None}
    if why := idle(condition, claim.value, known, spread):
        fault = f"has a condition that cannot fail: {why}: {claim.condition}"
        return "condition", fault
    if claim.kind == "agrees":
        size = detectable(claim, ledger)
        both = [{**known, claim.value: found.value + 2 * d} for d in (-size, size)]
        if all(part.holds(moved) for part in condition for moved in both):
            where = f"at value ± 2 * ({claim.detects}) too"
            return "detects", f"detects less than it says: {where}"
    return "", ""


def _others(claim: Claim, ledger: Ledger, names: set[str]) -> str:
    """The numbers of a condition beside its own, for a message."""
    found = [ledger.values[name] for name in sorted(names - {claim.value, "error"})]
    told = [f"{number.name} is {number.text}" for number in found]
    own = ledger.values[claim.value]
    if "error" in names:
        told.append(f"error is {own.error:.3g}")
    if claim.value in names:
        told.append(f"value is {own.value:.6g}")
    return f", where {', '.join(told)}" if told else ""


def _known(
    claim: Claim, ledger: Ledger, names: set[str], asked: str
) -> tuple[Measured, Known]:
    """Look up a claim's own number, and all those that one of its fields names.

    Raises:
        PluginError: If one was not measured; the authors' mode leaves it out.
    """
    where = claim.at(asked)
    own = ledger.get(claim.value, claim.at("value"))
    found = {name: ledger.get(name, where) for name in names - {"error"}}
    known = {name: number.value for name, number in found.items() if number.job}
    if "error" in names and own.job:
        if own.error is None:
            raise PluginError(f"{where}: {claim.value} has no standard error")
        known["error"] = own.error
    return own, known
