"""Finds, before any script runs, what takes no more than seconds to find."""

import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig

from sitebuild import seal
from sitebuild.claims import Claim
from sitebuild.mathematics.mathjax import run_node
from sitebuild.mathematics.typeset import program

_MACRO = re.compile(r"<%.*?%>", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_FORMULA = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', re.DOTALL)
_PAGE = '<!doctype html><html><head><meta charset="utf-8"></head><body>{}</body></html>'
_NAMES = re.compile(r"\\(tag|label)\{([^{}]*)\}")
_BLOCK = re.compile(r"(?ms)^ *\$\$$.*?^ *\$\$$")
# What a page says of labels depends on parts that only its build inserts.
_LABEL = "has the label"


def unlisted(config: MkDocsConfig, claims: Iterable[Claim], note: str) -> list[str]:
    """Messages about notes that no nav lists, and about claims without a note.

    Args:
        config: The site's settings.
        claims: All claims that were read.
        note: The only note that the site shows, "" for all.
    """
    docs = Path(config.docs_dir)
    listed = set(_targets(config.nav))
    lost = [
        f"docs/notes/{page.name} is not in the nav of mkdocs.yml"
        for page in sorted(docs.glob("notes/*.md"))
        if not note and listed and f"notes/{page.name}" not in listed
    ]
    alone = {
        f"docs/claims/{claim.note}.yml: there is no docs/notes/{claim.note}.md"
        for claim in claims
        if not (docs / f"notes/{claim.note}.md").exists()
    }
    return lost + sorted(alone)


def half_named(config: MkDocsConfig, note: str) -> list[str]:
    """Messages about equations that have a tag and no such label, or the reverse.

    Args:
        config: The site's settings.
        note: The only note that the site shows, "" for all.
    """
    problems = []
    for page in sorted(Path(config.docs_dir).glob(f"notes/{note or '*'}.md")):
        text = page.read_text("utf-8")
        for block in _BLOCK.finditer(text):
            names = _NAMES.findall(block[0])
            for found in _NAMES.finditer(block[0]):
                kind, name = found.groups()
                other = "label" if kind == "tag" else "tag"
                if (other, name) not in names:
                    line = text.count("\n", 0, block.start() + found.start()) + 1
                    why = f"{found[0]} needs \\{other}{{{name}}} beside it"
                    problems.append(f"docs/notes/{page.name}:{line}: {why}")
    return problems


def broken_formulas(config: MkDocsConfig, note: str, cache: Path) -> list[str]:
    """Messages about formulas of the notes that MathJax cannot typeset.

    Args:
        config: The site's settings.
        note: The only note that the site shows, "" for all.
        cache: Where it is kept which pages have none.
    """
    seal.make_folder(cache, cache.parent)
    pages = {}
    for page in sorted(Path(config.docs_dir).glob(f"notes/{note or '*'}.md")):
        text = _formulas(page, config)
        digest = hashlib.sha256(program() + text.encode()).hexdigest()
        if seal.read_sealed(cache / digest) is None:
            pages[f"{page.stem}.html"] = (text, cache / digest)
    results = run_node({name: text for name, (text, _) in pages.items()})
    problems = []
    for result in results:
        found = [text for text in result["problems"] if _LABEL not in text]
        found = [f"docs/notes/{t.replace('.html', '.md', 1)}" for t in found]
        page = Path(config.docs_dir) / "notes" / f"{Path(result['page']).stem}.md"
        found += _unclosed(pages[result["page"]][0], page)
        problems += found
        if not found:
            seal.write_sealed(pages[result["page"]][1], "")
    return problems


def _formulas(page: Path, config: MkDocsConfig) -> str:
    """The formulas of a note, as a page of their own."""
    text = _FRONT_MATTER.sub("", page.read_text("utf-8"))
    own = [name for name in config.markdown_extensions if isinstance(name, str)]
    parser = Markdown(extensions=own, extension_configs=config.mdx_configs)
    found = _FORMULA.finditer(parser.convert(_MACRO.sub("1", text)))
    return _PAGE.format("\n".join(formula[0] for formula in found))


def _unclosed(formulas: str, page: Path) -> Iterator[str]:
    """Messages about formulas that MathJax passes over, since a brace stays open."""
    for _, formula in _FORMULA.findall(formulas):
        tex = html.unescape(formula).strip()
        braces = re.sub(r"\\.", "", tex)
        if braces.count("{") > braces.count("}"):
            first = tex[2:-2].strip().splitlines()[0]
            before = _MACRO.sub("1", page.read_text("utf-8")).partition(first)[0]
            line = before.count("\n") + 1
            shown = " ".join(tex[2:-2].split())[:60]
            yield f"docs/notes/{page.name}:{line}: a brace is not closed in {shown}"


def _targets(nav: Any) -> Iterator[str]:
    """Every page that a nav names."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict | list):
        for item in nav.values() if isinstance(nav, dict) else nav:
            yield from _targets(item)
