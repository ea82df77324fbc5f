"""What the site says of itself: how it is installed and cited, what it looks like."""

import html
import re
import tomllib
from pathlib import Path
from typing import Any

from mkdocs.structure.files import Files

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_ELSEWHERE = re.compile(
    r"/\*.*?\*/|@media print\s*\{(?:[^{}]*\{[^{}]*\})*\s*\}", re.DOTALL
)
_SCHEME = re.compile(r'\[data-md-color-scheme="?(\w+)"?\]')
_FIGURE = re.compile(r'src="[^"]*?(gallery/[^"]+/)([^"/]+)\.svg"')


def install_and_cite(repository: str, root: Path, summary: dict[str, Any]) -> str:
    """Say how to install and cite the library, in Markdown; "" without an address."""
    if not repository:
        return ""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    name, about = project["name"], project["description"].rstrip(".")
    return f"""\
## Install and cite

```console
$ pip install git+{repository}
```

```bibtex
@misc{{{name},
  title = {{{name}: {about}}},
  year = {{{summary["built"][:4]}}},
  note = {{Version {project["version"]}}},
  howpublished = {{\\url{{{repository}}}}}
}}
```
"""


def needs(repository: str) -> str:
    """Say what downloads need; from a clone where no address is known."""
    place = f'"dlnotes[examples] @ git+{repository}"' if repository else '".[examples]"'
    where = "" if repository else " in a clone of the project"
    command = html.escape(f"pip install {place}", quote=False)
    return f'<p class="run-line">Downloads run after <code>{command}</code>{where}.</p>'


def first_picture(content: str, docs: Path) -> str:
    """The first figure of a page as other sites can show it, relative to the site."""
    found = (f"{place}thumb/{name}.webp" for place, name in _FIGURE.findall(content))
    return next((name for name in found if (docs / name).is_file()), "")


def dark_without_scripts(files: Files) -> str:
    """The dark scheme for readers whose browser runs no scripts.

    The page then stays in the light scheme: this repeats the dark rules of all style
    sheets for it, and shows what its own rules hide.
    """
    names = re.compile(r"assets/(stylesheets/palette\..*|site)\.css")
    sheets = [file for file in files if names.fullmatch(file.src_uri)]
    sheets.sort(key=lambda file: file.src_uri, reverse=True)  # as pages load them
    text = "".join(sheet.content_string for sheet in sheets)
    rules: list[str] = []
    for selectors, body in _RULE.findall(_ELSEWHERE.sub("", text)):
        hides = re.search(r"display:\s*none", body) is not None
        for selector in selectors.split(","):
            scheme = _SCHEME.search(selector)
            everywhere = _SCHEME.sub("[data-md-color-scheme]", selector).strip()
            if scheme and scheme[1] == "slate":
                rules.append(f"{everywhere} {{{body}}}")
            elif scheme and hides:
                rules.append(f"{everywhere} {{ display: revert }}")
    return "\n".join(rules) + "\n"
