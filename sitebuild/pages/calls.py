"""Looks at the macros of all pages at once, before the first page is made.

mkdocs-macros would end the build at the first one that fails.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from mkdocs.exceptions import PluginError

from sitebuild import selection
from sitebuild.build import Build
from sitebuild.near import near
from sitebuild.pages import bodies, captions, links
from sitebuild.pages.macros import Macros, are_foreign
from sitebuild.pages.templates import START, syntax

_OFF = re.compile(r"\A---\n(?:.*\n)*?render_macros: false\n")
# What would read as another number, or as a part of a word, beside a measured one.
_GLUED_BEFORE = re.compile(r"[\w.,^*/×±+−-]\Z")
_GLUED_AFTER = re.compile(r"[\w^*/×±]|[.,]\w")

_UNCLOSED = re.compile(r"<%(?:(?!<%|%>).)*(?=<%|\Z)", re.DOTALL)

PLAIN = "a measured number is quoted as it is, not computed with"
ALONE = "a measured number needs a space before and after it"


def faults(build: Build, plugin: Any) -> list[str]:
    """Messages about macros that cannot work, with file and line.

    Args:
        build: The build, which has run its jobs.
        plugin: mkdocs-macros.
    """
    found = []
    for path in sorted(build.docs.rglob("*.md")):
        uri = path.relative_to(build.docs).as_posix()
        text = path.read_text("utf-8")
        shown = not build.note or selection.shows(uri, build.note)
        if shown and not are_foreign(uri) and not _OFF.match(text):
            note = path.stem if uri.startswith("notes/") else ""
            found += _of_text(text, f"docs/{uri}", 1, note, build, plugin)
            found += bodies.unknown(text, f"docs/{uri}", build.root) if note else []
    for claim in build.claims:
        file = f"docs/claims/{claim.note}.yml"
        found += _of_text(
            claim.means, file, claim.line_of("means"), claim.note, build, plugin
        )
    return found


def _of_text(
    text: str, file: str, first: int, note: str, build: Build, plugin: Any
) -> list[str]:
    """Messages about the macros of one text, whose first line has that number."""
    if START not in text:
        return []
    try:
        tree, names = syntax(text, plugin.env)
    except TemplateSyntaxError as error:
        if unclosed := _UNCLOSED.search(text):
            line = first + text[: unclosed.start()].count("\n")
            return [f"{file}:{line}: no %> ends the macro that begins here"]
        line = first - 1 + error.lineno
        return [f"{file}:{line}: cannot read the macro: {error.message}"]
    known = {*vars(Macros), *plugin.variables, *plugin.env.globals}
    unknown = names - known
    faults: list[tuple[nodes.Node, str]] = [
        (name, f"there is no macro {name.name!r}{near(name.name, known)}")
        for name in tree.find_all(nodes.Name)
        if name.name in unknown
    ]
    outputs = [output.nodes for output in tree.find_all(nodes.Output)]
    faults += [(call, ALONE) for parts in outputs for call in _glued(parts)]
    lone = [id(call) for parts in outputs for call in parts]
    for call in tree.find_all(nodes.Call):
        if _is(call, "measured") and id(call) not in lone:
            faults.append((call, PLAIN))
        faults += [(call, why) for why in _missing(call, note, build)]
    lines = sorted({(first - 1 + node.lineno, why) for node, why in faults})
    return [f"{file}:{line}: {why}" for line, why in lines]


def _missing(call: nodes.Call, note: str, build: Build) -> list[str]:
    """Messages about a call that names what is not there."""
    match call:
        case nodes.Call(
            node=nodes.Name(name=macro), args=[nodes.Const(value=str(name)), *_]
        ):
            try:
                if macro == "measured":
                    build.ledger.get(name, "")
                elif macro == "test":
                    links.test_link(note, name, "", build.index, build.root)
                elif macro in ("figure", "figure_link"):
                    captions.find_script(name, note, build.jobs + build.others)
            except PluginError as error:
                return [re.sub(r"\A\S*: ", "", str(error))]
    return []


def _glued(parts: Sequence[nodes.Node]) -> Iterator[nodes.Node]:
    """Measured numbers that touch what stands before or after them."""
    texts = [p.data if isinstance(p, nodes.TemplateData) else None for p in parts]
    for before, call, after in zip(["", *texts], parts, [*texts[1:], ""], strict=False):
        touches = before is None or after is None
        touches |= bool(_GLUED_BEFORE.search(before or ""))
        if _is(call, "measured") and (touches or _GLUED_AFTER.match(after or "")):
            yield call


def _is(call: nodes.Node, name: str) -> bool:
    """Tell whether a part of a page calls a macro."""
    return isinstance(call, nodes.Call) and getattr(call.node, "name", "") == name
