"""Shows a lab as it was executed, in the looks of other pages."""

import re
from pathlib import Path

import jupytext
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs_jupyter.plugin import NotebookFile
from nbformat.v4 import new_markdown_cell

from sitebuild.jobs import Job
from sitebuild.pages.figures import pair_inline
from sitebuild.pages.notebooks import with_whole_links

_EXTRAS = re.compile(
    r"<(style|script)\b.*?</\1>|<link\b[^>]*>|<clipboard-copy.*?</clipboard-copy>"
    r'|<div class="(clipboard-copy-txt|zeroclipboard-container)"[^>]*>[^<]*</div>'
    r'|<div class="jp-(Input|Output)Prompt[^>]*>[^<]*</div>| tabindex="0"',
    re.DOTALL,
)
_CODE = re.compile(
    r'<div class="highlight-ipynb[^>]*><pre>(.*?)</pre></div>', re.DOTALL
)
# A cell with code follows an empty one, which has no name.
_CELL = re.compile(r'(?=<div class="jp-Cell [^>]* id=)')
_DIV = re.compile(r"<(/?)div\b")


def show_executed(job: Job, files: Files, config: MkDocsConfig) -> None:
    """Put a lab's executed notebook in the place of its source, with its downloads."""
    executed = job.store / "executed.ipynb"
    file = files.get_file_from_path(job.page)
    if not file:
        return
    if not executed.exists():
        executed = _not_executed(job)
    files.remove(file)
    source = File.generated(config, job.page, abs_src_path=str(executed))
    shown = NotebookFile(source, **config)
    shown.abs_src_path = str(executed)  # where mkdocs-jupyter looks
    files.append(shown)
    for suffix in (".py", ".ipynb"):
        name = f"{job.source.stem}{suffix}"
        path = job.store / name
        if path.exists():
            text = path.read_text("utf-8")
            if suffix == ".ipynb":
                text = with_whole_links(text, job.url, config.site_url or "")
            files.append(File.generated(config, job.url + name, content=text))


def clean_lab(content: str) -> str:
    """Turn the markup of nbconvert into that of other pages, without its styles.

    Figures appear in a light and a dark variant, with the alt text that the lab gave.
    """
    content = _EXTRAS.sub("", content).replace("anchor-link", "headerlink")
    # The markup of other pages' code, with their colors and their copy button.
    code = r'<div class="highlight"><pre><code>\1</code></pre></div>'
    return pair_inline(fold_checks(_CODE.sub(code, content)))


def fold_checks(content: str) -> str:
    """Fold each cell that checks a solution, so that it does not give it away."""
    pieces = _CELL.split(content)
    for i, before in enumerate(pieces[:-1], start=1):
        if "<summary>Solution</summary>" in before and "jp-CodeCell" in pieces[i][:40]:
            cell, rest = _split_div(pieces[i])
            summary = "<summary>The check of the solution</summary>"
            pieces[i] = f"<details>{summary}{cell}</details>{rest}"
    return "".join(pieces)


def downloads(job: Job) -> str:
    """Offer a lab as a Python file and as a notebook without outputs."""
    stem = job.source.stem
    links = [
        f'<a class="md-button" href="{name}" download>Download {name}</a>'
        for name in (f"{stem}.py", f"{stem}.ipynb")
    ]
    return f"<p>{' '.join(links)}</p>"


def _split_div(text: str) -> tuple[str, str]:
    """Split a text after the element that it begins with."""
    depth = 0
    for tag in _DIV.finditer(text):
        depth += -1 if tag[1] else 1
        if depth == 0:
            end = tag.end() + 1
            return text[:end], text[end:]
    return text, ""


def _not_executed(job: Job) -> Path:
    """Write a lab as a notebook without outputs; only the authors' mode shows that."""
    folder = job.root / ".cache" / "plain" / job.source.stem
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "executed.ipynb"
    notebook = jupytext.read(job.source)
    notebook.cells.insert(0, new_markdown_cell("*Not run yet.*"))
    jupytext.write(notebook, path)
    return path
