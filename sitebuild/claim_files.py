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
        raise PluginError(f"{where}{line}: {error.problem or error}") from error
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
    for key, value in entry.value:
        here = f"{where}:{key.start_mark.line + 1}: "
        name = _text(key, f"{here}a field's name")
        if name in given:
            raise PluginError(f"{here}{name} is given twice")
        given[name] = _text(value, here + name)
    identity = given.get("id", "")
    if not _ID.fullmatch(identity):
        raise PluginError(
            f"{where}:{line}: not a claim with an id of words-with-dashes"
        )
    if problem := _form(given):
        raise PluginError(f"{where}:{line}: claim {identity} {problem}")
    return Claim(note=note, line=line, **given)


def _text(node: yaml.Node, where: str) -> str:
    """The text of a field, on one line."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != _TEXT:
        raise PluginError(f"{where} is not a text")
    text = " ".join(node.value.split())
    nothing = not node.style and text.lower() in _NOTHING
    if nothing or not any(letter.isalnum() for letter in text):
        raise PluginError(f"{where} is empty")
    return text


def _form(given: dict[str, str]) -> str:
    """What is wrong with the fields of a claim, if anything."""
    kind = given.get("kind", "")
    wanted = wanted_fields(kind)
    if missing := wanted - set(given):
        return f"lacks {', '.join(sorted(missing))}"
    if unknown := set(given) - wanted:
        return f"has the unknown fields {', '.join(sorted(unknown))}"
    if kind not in KINDS:
        return f"has kind {kind!r}, expected one of {', '.join(KINDS)}"
    if kind == "cited":
        return ""
    if not _NAME.fullmatch(given["value"]):
        return f"has value {given['value']!r}, expected note/words-with-dashes"
    try:
        parse_condition(given["condition"], given["value"])
        if kind == "agrees":
            Number.parse(given["detects"], given["value"])
    except (ValueError, RecursionError) as error:
        return f"cannot be checked: {error}"
    return ""
