"""Generates the reference pages: one per module, and one per note for its tests."""

import ast
from collections import Counter
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

from sitebuild.citations import Index, parsed
from sitebuild.freshness.modules import dotted_name

_FRONT = "---\ndescription: The reference of every public name.\n---\n\n"


def complete_nav(config: MkDocsConfig, root: Path) -> None:
    """List the generated reference pages behind the nav's entry `api/index.md`."""
    sections = [name for name, _ in _sections(root)]
    listed = ["api/index.md", *(f"api/{name}.md" for name in sections)]
    config.nav = [
        {title: listed} if target == "api/index.md" else {title: target}
        for item in config.nav or []
        for title, target in (item.items() if isinstance(item, dict) else [])
    ]


def reference_pages(root: Path, index: Index) -> dict[str, str]:
    """Write the text of every generated page, by its address among the sources."""
    texts = {}
    for section, modules in _sections(root):
        entries = [f"::: {dotted_name(path, root)}\n" for path in modules]
        texts[f"api/{section}.md"] = f"{_FRONT}# dlnotes.{section}\n\n" + "\n".join(
            entries
        )
    for note, files in index.test_files.items():
        texts[f"api/tests/{note}.md"] = tests_page(note, files, root)
    return texts


def tests_page(note: str, files: list[str], root: Path) -> str:
    """Write the page that shows the tests of a note's equations, with line numbers."""
    parts = [
        "---\nsearch:\n  exclude: true\nrender_macros: false\n---\n\n"
        f"# Tests of {note}\n\nA function whose docstring names an equation tests it.\n"
    ]
    for file in files:
        text = (root / file).read_text("utf-8")
        parts.append(f'## {file}\n\n````{{.python linenums="1"}}\n{text}````\n')
    return "\n".join(parts)


def names_table(root: Path) -> str:
    """List every public name of the library, for the page `api/index.md`."""
    rows, sections = [], _sections(root)
    all_modules = [path for _, modules in sections for path in modules]
    count = Counter(f"{p.stem}.{name}" for p in all_modules for name, _ in _public(p))
    for section, modules in sections:
        rows += [
            f"\n## dlnotes.{section}\n",
            "| name | what it does |",
            "| --- | --- |",
        ]
        for path in modules:
            for name, summary in _public(path):
                dotted = f"{dotted_name(path, root)}.{name}"
                again = count[f"{path.stem}.{name}"] > 1
                short = dotted.removeprefix(
                    "dlnotes." if again else f"dlnotes.{section}."
                )
                rows.append(f"| [`{short}`]({section}.md#{dotted}) | {summary} |")
    return "\n".join(rows) + "\n"


def _sections(root: Path) -> list[tuple[str, list[Path]]]:
    """Top-level modules and packages of the library, with their files."""
    found = []
    for path in sorted((root / "dlnotes").iterdir()):
        if path.suffix == ".py" and not path.name.startswith("_"):
            found.append((path.stem, [path]))
        if (path / "__init__.py").is_file():
            files = sorted(path.rglob("*.py"))
            found.append((path.name, [f for f in files if not f.name.startswith("_")]))
    return [(name, files) for name, files in found if files]


def _public(path: Path) -> list[tuple[str, str]]:
    """Public functions and classes of a file, with their first docstring lines."""
    found = []
    for node in parsed(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            text = (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ")
            if not node.name.startswith("_"):
                found.append((node.name, text.replace("|", "\\|")))
    return found
