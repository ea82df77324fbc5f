"""No page shows sources of before a change beside those of after it."""

from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from sitebuild.freshness import snapshot
from sitebuild.freshness.files import file_hash
from sitebuild.jobs import Job

BUILD = "sitebuild/build.py"
SOURCES = (
    *("dlnotes/waves.py", "docs/notes/waves.md", "docs/claims/waves.yml"),
    *("examples/waves/low.txt", "mkdocs.yml", "tests/test_waves.py"),
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    """A project with a file of each kind; the process has loaded no other build."""
    monkeypatch.setattr(snapshot, "_loaded", {})
    for name in (*SOURCES, BUILD, "dlnotes/ledger.py", "docs/gallery/a.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("old")
    return tmp_path


@pytest.mark.parametrize("name", [*SOURCES, "docs/new.md"])
def test_a_change_of_a_source_is_told(root, name):
    """Also if it keeps its size, is new, or is gone."""
    before = snapshot.take(root)
    assert snapshot.changes(before, {}, root) == []
    told = [f"{name} changed while the site was built; build again"]
    (root / name).write_text("new")
    assert snapshot.changes(before, {}, root) == told
    changed = snapshot.take(root)
    (root / name).unlink()
    assert snapshot.changes(changed, {}, root) == told


def test_what_a_job_has_read_counts(root):
    """Wherever it lies: another job may have written it since."""
    path = root / "data.txt"
    path.write_text("1")
    job = Job("gallery", root / "examples/waves/plot_a.py", root)
    run = {"opened": {str(path): file_hash(path), "lost.txt": "missing"}}
    before = snapshot.take(root)
    assert snapshot.changes(before, {job: run}, root) == []
    path.write_text("2")
    (told,) = snapshot.changes(before, {job: run}, root)
    assert told.startswith(f"{path} changed")


def test_what_is_no_source_does_not_count(root):
    """Generated pages, compiled code, what editors write beside a file."""
    before = snapshot.take(root)
    for name in ("docs/gallery/a.md", "docs/.x.swp", "docs/x.md~", "docs/__pycache__"):
        (root / name).write_text("new")
    assert snapshot.changes(before, {}, root) == []


@pytest.mark.parametrize("name", [BUILD, "dlnotes/ledger.py"])
def test_code_that_the_build_has_loaded_must_not_change(root, name):
    """`mkdocs serve` would go on with the old one."""
    snapshot.take(root)
    (root / name).write_text("new")
    with pytest.raises(PluginError, match=f"{name} changed: stop mkdocs and start it"):
        snapshot.take(root)
