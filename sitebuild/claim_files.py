"""Reads the files of claims, strictly: what is not as it should be is refused."""

import re
from pathlib import Path

import yaml
from mkdocs.exceptions import PluginError

from sitebuild.claims import Claim
from sitebuild.conditions import Number, parse_condition

KINDS = ("proved", "agrees", "reproduced", "refuted", "cited")
REQUIRED = {"id", "claim", "source", "reference", "kind"}
MEASURED = {"value", "condition", "means"}
_ID = re.compile(r"[a-z0-9]+([-.][a-z0-9]+)*")
_NAME = re.compile(r"[a-z0-9_]+/[a-z0-9]+(-[a-z0-9]+)*")
_COLON = "mapping values are not allowed in this context"
_NOTHING = {"~", "null"}  # YAML's words for it
_TEXT = "tag:yaml.org,2002:str"


def load_claims(folder: Path, note: str = "") -> list[Claim]:
    """Read the claims of all notes, `<note>.yml` each, and check their form.

    Every field is text, as it is typed; line breaks in it count as spaces.

    Args:
        folder: Where the files are.
        note: Read only those of this note, if it is not "".

    Returns:
        The claims in the order of the files' names.

    Raises:
        PluginError: If a file has another name, or a field is missing, unknown, empty,
            given twice or has a value that it cannot have; the message names them all.
    """
    claims: list[Claim] = []
    problems: list[str] = []
    for path in sorted(folder.iterdir()) if folder.exists() else []:
        where = f"docs/claims/{path.name}"
        if path.suffix != ".yml" or not path.is_file():
            problems.append(f"{where} is not named <note>.yml")
        elif note in ("", path.stem):
            claims += _read(path, where, problems)
    if problems:
        raise PluginError("\n".join(problems))
    return claims


def wanted_fields(kind: str) -> set[str]:
    """The fields that a claim of a kind has, no more and no fewer."""
    if kind == "cited":
        return REQUIRED
    return REQUIRED | MEASURED | ({"detects"} if kind == "agrees" else set())


def _read(path: Path, where: str, problems: list[str]) -> list[Claim]:
    """Read one file; note what is wrong with single claims."""
    claims: dict[str, Claim] = {}
    try:
        entries = _entries(path, where)
    except PluginError as error:
        problems.append(str(error))
        return []
    for entry in entries:
        try:
            claim = _claim(entry, path.stem, where)
            if claim.id in claims:
                raise PluginError(f"{claim.where} appears twice")
            claims[claim.id] = claim
        except PluginError as error:
            problems.append(str(error))
    return list(claims.values())


def _entries(path: Path, where: str) -> list[yaml.Node]:
    """The entries of the list that a file consists of."""
    try:
        root = yaml.compose(path.read_text("utf-8"), Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        hint = '; put a text with ": " into quotes' if error.problem == _COLON else ""
        raise PluginError(f"{where}{line}: {error.problem or error}{hint}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PluginError(f"{where}: {error}") from error
    if root is not None and not isinstance(root, yaml.SequenceNode):
        raise PluginError(f"{where} must be a list of claims")
    return list(root.value) if root is not None else []


def _claim(entry: yaml.Node, note: str, where: str) -> Claim:
    """Read one claim.

    Raises:
        PluginError: If it has another form.
    """
    line = entry.start_mark.line + 1
    if not isinstance(entry, yaml.MappingNode):
        raise PluginError(f"{where}:{line}: not a claim with an id")
    given: dict[str, str] = {}
    lines: dict[str, int] = {}
    for key, value in entry.value:
        here = f"{where}:{key.start_mark.line + 1}: "
        name = _text(key, f"{here}a field's name")
        if name in given:
            raise PluginError(f"{here}{name} is given twice")
        given[name] = _text(value, here + name)
        lines[name] = key.start_mark.line + 1
    identity = given.get("id", "")
    if not _ID.fullmatch(identity):
        place = f"{where}:{lines.get('id', line)}"
        raise PluginError(f"{place}: not a claim with an id of words-with-dashes")
    name, problem = _form(given)
    if problem:
        place = f"{where}:{lines.get(name, line)}"
        raise PluginError(f"{place}: claim {identity} {problem}")
    return Claim(note=note, line=line, lines=lines, **given)


def _text(node: yaml.Node, where: str) -> str:
    """The text of a field, on one line."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != _TEXT:
        raise PluginError(f"{where} is not a text")
    text = " ".join(node.value.split())
    nothing = not node.style and text.lower() in _NOTHING
    if nothing or not any(letter.isalnum() for letter in text):
        raise PluginError(f"{where} is empty")
    return text


def _form(given: dict[str, str]) -> tuple[str, str]:
    """A field of a claim, and what is wrong with it, if anything."""
    kind = given.get("kind", "")
    wanted = wanted_fields(kind)
    if missing := wanted - set(given):
        return "id", f"lacks {', '.join(sorted(missing))}"
    if unknown := sorted(set(given) - wanted):
        return unknown[0], f"has the unknown fields {', '.join(unknown)}"
    if kind not in KINDS:
        return "kind", f"has kind {kind!r}, expected one of {', '.join(KINDS)}"
    own = given.get("value", "")
    if kind != "cited" and not _NAME.fullmatch(own):
        return "value", f"has value {own!r}, expected note/words-with-dashes"
    parsers = {"condition": parse_condition, "detects": Number.parse}
    for name in parsers.keys() & wanted:
        try:
            parsers[name](given[name], own)
        except (ValueError, RecursionError) as error:
            return name, f"cannot be checked: {error}"
    return "", ""
