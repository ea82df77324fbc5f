"""Starts a note: `make note NAME=tides TITLE="Tides" GROUP="Networks"`.

The files of `tools/skeleton` are a note as small as one can be. Every rule of the house
holds for it, so that an author replaces its parts one by one.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SKELETON = ROOT / "tools/skeleton"
NOTES_IN_NAV = re.compile(r"(?m)^  - Gallery:")
LAST_ROW = re.compile(r"(?m)(^\| \[.+\]\(docs/notes/\w+\.md\) \|.*\n)(?!\| \[)")
LAST_ON_HOME = re.compile(r"(\(notes/\w+\.md\))(\.\n</div>)")
USAGE = 'make note NAME=tides TITLE="Tides" GROUP="Networks"'


def main(name: str, title: str, group: str) -> None:
    """Write the files of a note, and list it where all notes are listed."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        sys.exit(f"NAME={name} is no name: small letters, digits and _: {USAGE}")
    if not title or not group:
        sys.exit(f"write a title and a group: {USAGE}")
    for place in (f"docs/notes/{name}.md", f"dlnotes/{name}.py", f"dlnotes/{name}"):
        if (ROOT / place).exists():
            sys.exit(f"{place} exists already: choose another name")
    before = read("mkdocs.yml")
    listed = {
        "mkdocs.yml": in_nav(before, name, group),
        "README.md": in_readme(read("README.md"), name, title),
        "docs/index.md": on_home(read("docs/index.md"), name, title),
    }
    written = write_files(name, title)
    for file, text in listed.items():
        (ROOT / file).write_text(text, "utf-8")
    tidy([path for path in written if path.suffix == ".py"])
    for path in [*written, *(ROOT / file for file in listed)]:
        print(path.relative_to(ROOT))
    new = "" if f"  - {group}:\n" in before else f" {group!r} is a new group."
    advice = (
        "Replace what the files say; README.md and docs/index.md list the note last."
    )
    print(f"{advice}{new} Then: make test NOTE={name}")


def write_files(name: str, title: str) -> list[Path]:
    """Copy the skeleton, with the note's name and title in place of theirs."""
    written = []
    for source in sorted(path for path in SKELETON.rglob("*") if path.is_file()):
        place = source.relative_to(SKELETON).as_posix().replace("NOTE_NAME", name)
        target = ROOT / place
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text("utf-8").replace("NOTE_NAME", name)
        target.write_text(text.replace("NOTE_TITLE", title), "utf-8")
        written.append(target)
    return written


def in_nav(text: str, name: str, group: str) -> str:
    """List the page last in its group; a new group comes before the gallery."""
    entry = f"      - notes/{name}.md\n"
    found = re.search(rf"(?m)^  - {re.escape(group)}:\n(?: {{6}}.*\n)+", text)
    if found:
        return text[: found.end()] + entry + text[found.end() :]
    place = only(NOTES_IN_NAV, text, "mkdocs.yml").start()
    return f"{text[:place]}  - {group}:\n{entry}{text[place:]}"


def in_readme(text: str, name: str, title: str) -> str:
    """Add a row to the table of notes."""
    place = only(LAST_ROW, text, "README.md").end(1)
    row = f"| [{title}](docs/notes/{name}.md) | what it derives | `dlnotes.{name}` |\n"
    return text[:place] + row + text[place:]


def on_home(text: str, name: str, title: str) -> str:
    """Link the note behind the last one that the home page names."""
    place = only(LAST_ON_HOME, text, "docs/index.md").end(1)
    return f"{text[:place]}; and\n[{title}](notes/{name}.md){text[place:]}"


def only(pattern: re.Pattern[str], text: str, file: str) -> re.Match[str]:
    """Find the place where a list of notes ends."""
    found = list(pattern.finditer(text))
    if len(found) != 1:
        sys.exit(f"{file} has another form than tools/new_note.py expects: {pattern}")
    return found[0]


def tidy(paths: list[Path]) -> None:
    """Sort the imports, whose order depends on the note's name, and format."""
    for command in (["check", "--select", "I", "--fix"], ["format"]):
        subprocess.run(
            [sys.executable, "-m", "ruff", *command, "-q", *paths], check=True
        )


def read(name: str) -> str:
    """Read a file of the project."""
    return (ROOT / name).read_text("utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
