"""Tells from which file, and which line of it, a text of a built page comes."""

import re
from collections.abc import Iterable
from pathlib import Path

from sitebuild.jobs import Job

_CONTEXT = (200, 30, 12)  # how much of a text to look for, from either end
_SHORTEST = 6  # less would be found anywhere
_ADDRESS = 3  # the shortest part of an address that is looked for
# What messages about pages quote of them.
_QUOTED = re.compile(r"(?:in the formula|dead link) (.*)", re.DOTALL)
_ANCHOR = re.compile(r"dead anchor .*?(#[^;]*)")


class Sources:
    """The sources of a project, as messages name them."""

    def __init__(self, root: Path, docs: Path, jobs: Iterable[Job]) -> None:
        self.root = root
        self.docs = docs
        self.jobs = {job.url: job.source for job in jobs}

    def explain(self, problem: str) -> str:
        """Name the source in a message about a page, and the line where it is known."""
        page, _, text = problem.partition(" ")
        if not page.endswith((".html", ".html:")):
            return problem
        anchor = _ANCHOR.search(text)
        quoted = anchor or _QUOTED.search(text)
        least = _ADDRESS if anchor else _SHORTEST
        place = self.locate(page.rstrip(":"), quoted[1] if quoted else "", least)
        return f"{place}: {text}"

    def name(self, page: str) -> str:
        """The file that a page is made of, or the page where several are."""
        files = self._files(page)
        return self._relative(files[0]) if files else page

    def locate(self, page: str, text: str, least: int = _SHORTEST) -> str:
        """The place where a text is written, `docs/notes/bias.md:12`.

        Args:
            page: The built page, relative to the site.
            text: What it shows, on one line.
            least: How many letters are looked for at least.
        """
        dollars = re.sub(r"\\[()]", "$", text)  # as authors write formulas
        where = [*self._files(page), self.root / "mkdocs.yml"]
        for length in _CONTEXT:
            for part in dict.fromkeys((text[:length], text[-length:], dollars)):
                words = r"\s+(?:# )?".join(map(re.escape, part.split()))
                for file in where if len(part) >= least else ():
                    if match := re.search(words, source := file.read_text("utf-8")):
                        line = source.count("\n", 0, match.start()) + 1
                        return f"{self._relative(file)}:{line}"
        return self.name(page)

    def _files(self, page: str) -> list[Path]:
        """The files that may have made a page, the likeliest first."""
        url = page.removesuffix("index.html")
        name = url.strip("/")
        top, _, rest = name.partition("/")
        if url in self.jobs:
            return [self.jobs[url]]
        found = [self.docs / f"{name}.md", self.docs / name / "index.md"]
        if top in ("notes", "claims"):
            found += sorted(self.docs.glob(f"claims/{rest or '*'}.yml"))
        if top in ("notes", "api"):
            found.append(self.root / f"dlnotes/{rest}.py")
            found += sorted(self.root.glob(f"dlnotes/{rest}/**/*.py"))
        if top == "gallery":
            folder = self.root / "examples" / rest
            found += [folder / "README.md", *sorted(folder.rglob("plot_*.py"))]
        return [file for file in found if file.is_file()]

    def _relative(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()
