"""What a job reads is noted with its hash, whichever way it reads it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hooks.freshness import file_hash

DOCS = Path(__file__).parents[2] / "docs"
HEAD = """
import json, os, pathlib, sys
sys.path[:0] = [{docs!r}, os.getcwd()]
from hooks.watch import Watch
watch = Watch(pathlib.Path({root!r}))
{code}
print(json.dumps(watch.finish()))
"""


@pytest.fixture
def reads(tmp_path):
    """Run code in a small project; give what it opened and what it imported."""
    root = tmp_path / "project"
    for name in ("data/a.txt", "lib/__init__.py", "site/b.txt", "docs/hooks/c.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (root / "lib/part.py").write_text("X = 1\n")
    (root / "lib/loud.py").write_text("import warnings\nwarnings.warn('Loud')\n")

    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def run(code: str) -> dict[str, dict[str, str]]:
        text = HEAD.format(docs=str(DOCS), root=str(root), code=code)
        command = [sys.executable, "-c", text]
        result = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, check=True
        )
        return json.loads(result.stdout)

    return run


OPENED = {
    "open.txt": "open('data/open.txt')",
    "pathlib.txt": "pathlib.Path('data/pathlib.txt').read_text()",
    "absolute.txt": "open(os.path.abspath('data/absolute.txt'), 'rb')",
    "bytes.txt": "open(b'data/bytes.txt')",
    "os.txt": "os.close(os.open('data/os.txt', os.O_RDONLY))",
    "detour.txt": "open('data/../lib/../data/detour.txt')",
    "numpy.txt": "import numpy; numpy.fromfile('data/numpy.txt')",
    "link.txt": "os.symlink(os.path.abspath('data/link.txt'), '../x'); open('../x')",
    "folder.txt": "os.chdir('data'); open('folder.txt'); os.chdir('..')",
    "missed.txt": "try:\n    open('data/missed.txt')\nexcept OSError:\n    pass",
}


def test_files_that_are_opened_are_noted(reads, tmp_path):
    """Missed ones too: were they there, the script could behave otherwise."""
    data = tmp_path / "project/data"
    for name in OPENED.keys() - {"missed.txt"}:
        (data / name).write_text(name)
    read = reads("\n".join(OPENED.values()))
    assert read["opened"] == {f"data/{n}": file_hash(data / n) for n in OPENED}
    assert read["opened"]["data/missed.txt"] == "missing"


def test_the_hash_is_that_of_the_time_of_reading(reads, tmp_path):
    before = file_hash(tmp_path / "project" / "data/a.txt")
    read = reads("open('data/a.txt'); pathlib.Path('data/a.txt').write_text('new')")
    assert (
        read["opened"]
        == {"data/a.txt": before}
        != {"data/a.txt": file_hash(tmp_path / "project" / "data/a.txt")}
    )


def test_imports_are_told_from_other_reading(reads, tmp_path):
    """With and without compiled files; a module may also be read as a text."""
    wanted = {
        name: file_hash(tmp_path / "project" / name)
        for name in ("lib/__init__.py", "lib/part.py")
    }
    for _ in range(2):
        assert reads("import lib.part") == {"opened": {}, "imported": wanted}
    assert set((tmp_path / "project/lib/__pycache__").iterdir())
    read = reads("import lib.part; open(lib.part.__file__)")
    assert read["opened"] == {"lib/part.py": wanted["lib/part.py"]}


NOT_NOTED = """
open('data/new.txt', 'w')
open('data/a.txt', 'a')
os.close(os.open('data/a.txt', os.O_WRONLY))
open('site/b.txt')
open('docs/hooks/c.txt')
open(os.__file__)
import lib.loud
"""


def test_other_files_are_not_noted(reads):
    """Nor the line that a warning shows, else a comment beside it would count."""
    assert reads(NOT_NOTED)["opened"] == {}


def test_nothing_is_noted_after_the_end(reads):
    """The build itself reads the code that was reached, comments and all."""
    assert reads("watch.finish()\nopen('data/a.txt')")["opened"] == {}
