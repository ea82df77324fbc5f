"""A page that is kept from an earlier build is the page that a clean build gives."""

import shutil
from pathlib import Path

from tests.site.miniature import ALL, CREST, Project

PLACES = ("pages", "reach", "typeset")


def published(project: Project) -> dict[str, bytes]:
    """Every file of the site, without the time at which it was built."""
    built = f"Built {project.run()['built']}".encode()
    return {
        path.relative_to(project.root).as_posix(): path.read_bytes().replace(built, b"")
        for path in (project.root / "site").rglob("*")
        if path.is_file() and path.name not in ("run.json", "sitemap.xml.gz")
    }


def test_what_is_kept_is_what_a_clean_build_gives(project):
    """After changes of prose, titles, formulas, docstrings, settings; a new page.

    An option of the gallery runs everything again.
    """
    project.change("docs/notes/waves.md", "# Waves", "# High waves\n\n## A new $h$")
    project.change("docs/notes/waves.md", "twice as high", "two times as high")
    project.change("dlnotes/water.py", "Raise the water.", "Raise it.")
    project.change(CREST, "A line.", "Another line.")
    project.write("docs/notes/wind.md", "# Wind\n\n[Waves](waves.md#a-new-h).\n")
    project.change(
        "mkdocs.yml", "notes/waves.md", "notes/waves.md\n      - notes/wind.md"
    )
    option = "      examples_dirs:"
    project.change("mkdocs.yml", option, f"      line_numbers: true\n{option}")
    project.build()
    assert project.executed() == ALL
    kept = published(project)
    assert b"two times as high" in kept["site/notes/waves/index.html"]
    for place in PLACES:
        shutil.rmtree(project.root / ".cache" / place)
    project.build()
    assert published(project) == kept


def test_what_is_kept_is_used_and_its_damage_is_not(project):
    """A sealed page is shown as it is; one whose bytes changed is rendered again."""
    project.build()
    clean = published(project)
    folders = [project.root / ".cache" / place for place in PLACES]
    files = [p for f in folders for p in f.iterdir() if not p.match("used-*")]
    times = {path: path.stat().st_mtime_ns for path in files}
    project.build()
    assert {path: path.stat().st_mtime_ns for path in files} == times
    for path in files:
        damage(path)
    project.build()
    assert published(project) == clean


def damage(path: Path) -> None:
    """Change the last letter of a file."""
    text = path.read_bytes()
    path.write_bytes(text[:-1] + bytes([text[-1] ^ 1]))
