"""`make note` starts a note that keeps every rule of the house from the start."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_layout import ROOT

NAME, TITLE = "ebb_and_flow", "Ebb and flow: what Laplace's equations say"
BUILT = (".*cache*", ".git", ".hypothesis", ".venv", "__pycache__", "gallery", "site")
FILES = ("conventions", "layout", "notes", "scripts", "contract", "docstrings")
RULES = [f"tests/test_{name}.py" for name in FILES]


def run(
    folder: Path, *command: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a Python module or file in a folder, as if in no test."""
    around = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**around, "MPLBACKEND": "agg", "NO_MKDOCS_2_WARNING": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the sources of this project."""
    ignored = shutil.ignore_patterns("node_modules", *BUILT)
    shutil.copytree(ROOT, tmp_path / "project", ignore=ignored)
    return tmp_path / "project"


def start(project: Path, name: str, title: str, group: str) -> str:
    done = run(project, "tools/new_note.py", name, title, group)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_started_note_keeps_the_rules_of_the_house(project):
    written = start(project, NAME, TITLE, "Networks").splitlines()[:-1]
    of_note = f"{NAME} or not ["
    tests = run(project, "-m", "pytest", "-q", f"tests/{NAME}", *RULES, "-k", of_note)
    assert tests.returncode == 0, tests.stdout
    code = [file for file in written if file.endswith(".py")]
    for check in (["check"], ["format", "--check"]):
        lint = run(project, "-m", "ruff", *check, *code)
        assert lint.returncode == 0, lint.stdout


def test_the_site_of_a_started_note_builds(project):
    """Formulas, figure, measured value and claim are there."""
    start(project, NAME, TITLE, "Networks")
    (project / "node_modules").symlink_to(ROOT / "node_modules")
    build = run(project, "-m", "mkdocs", "build", DLNOTES_NOTE=NAME)
    assert build.returncode == 0, build.stdout + build.stderr
    page = (project / f"site/notes/{NAME}/index.html").read_text("utf-8")
    assert "mjx-eqn:mean" in page
    script = f"../../gallery/{NAME}/plot_least_distance/"
    assert f'Figure 1. <a href="{script}">No place is nearer than the mean</a>' in page
    # Not negative, as its claim says.
    assert re.search(rf'title="{NAME}/least-excess">\d', page)
    claims = (project / "site/claims/index.html").read_text("utf-8")
    assert f'id="{NAME}-mean-is-nearest"' in claims
    assert not (project / "site/notes/bias").exists()
    assert "gallery/bias" not in page  # in the nav


def test_a_started_note_is_listed_where_all_are(project):
    """In an old group of the nav or a new one, in README.md and on the home page."""
    start(project, "ebb", "Ebb", "Networks")
    start(project, "flood", "Flood", "Water")
    nav = (project / "mkdocs.yml").read_text("utf-8")
    networks = re.search(r"(?m)^  - Networks:\n((?: {6}- .*\n)+)", nav)
    assert networks[1].splitlines()[-1] == "      - notes/ebb.md"
    assert "  - Water:\n      - notes/flood.md\n  - Gallery: gallery\n" in nav
    readme = (project / "README.md").read_text("utf-8")
    rows = re.findall(r"(?m)^\| \[(\w+)\]\(docs/notes/(\w+)\.md\) \|", readme)
    assert rows[-2:] == [("Ebb", "ebb"), ("Flood", "flood")]
    home = (project / "docs/index.md").read_text("utf-8")
    assert "; and\n[Ebb](notes/ebb.md); and\n[Flood](notes/flood.md).\n" in home


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Tides", "Tides", "Networks"), "NAME=Tides is no name: small letters"),
        (("tides", "", "Networks"), "write a title and a group"),
        (("bias", "Bias", "Networks"), "docs/notes/bias.md exists already"),
        (("blocks", "Blocks", "Networks"), "dlnotes/blocks exists already"),
    ],
)
def test_what_cannot_be_a_note_is_refused_and_nothing_changes(arguments, message):
    done = run(ROOT, "tools/new_note.py", *arguments)
    assert done.returncode != 0
    assert message in done.stderr
    assert not (ROOT / "docs/notes/Tides.md").exists()
    assert not (ROOT / "docs/notes/tides.md").exists()
