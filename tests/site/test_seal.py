"""What is stored is shown as it was stored, or made anew."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sitebuild import gallery, seal
from sitebuild.freshness import keys
from sitebuild.jobs import Job
from sitebuild.mathematics import typeset
from tests.site.miniature import ALL, CREST, Project
from tests.site.test_typeset import build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed folder with a run and two outputs."""
    store = tmp_path / "store"
    (store / "gallery/images").mkdir(parents=True)
    (store / "run.json").write_text('{"key": "a", "values": [2.25]}')
    (store / "gallery/page.md").write_text("# Page\n")
    (store / "gallery/images/one.svg").write_bytes(b"<svg></svg>")
    seal.seal(store)
    return store


def replace(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    """A damage: other bytes in a file."""

    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        assert old in content
        (folder / name).write_bytes(content.replace(old, new, 1))

    return damage


def reseal_without_list(folder: Path) -> None:
    """Forge the hash of a file, not that of the list."""
    (folder / "gallery/page.md").write_text("# Pace\n")
    given = json.loads((folder / seal.SEAL).read_text())
    given["files"] = seal._hashes(folder)
    (folder / seal.SEAL).write_text(json.dumps(given))


def link_away(folder: Path) -> None:
    path = folder / "gallery/page.md"
    path.rename(folder.parent / "page.md")
    path.symlink_to(folder.parent / "page.md")


DAMAGES = {
    "digit": replace("run.json", b"2.25", b"2.26"),
    "key": replace("run.json", b'"a"', b'"b"'),
    "text": replace("gallery/page.md", b"Page", b"Pace"),
    "shorter": replace("gallery/images/one.svg", b"</svg>", b""),
    "longer": replace("gallery/images/one.svg", b"</svg>", b"</svg>\n"),
    "line ends": replace("gallery/page.md", b"\n", b"\r\n"),
    "empty": lambda folder: (folder / "gallery/page.md").write_text(""),
    "zeros": lambda folder: (folder / "run.json").write_bytes(b"\0" * 30),
    "gone": lambda folder: (folder / "gallery/images/one.svg").unlink(),
    "no run": lambda folder: (folder / "run.json").unlink(),
    "more": lambda folder: (folder / "gallery/two.md").write_text("two"),
    "more, hidden": lambda folder: (folder / ".two").write_text("two"),
    "more, seal": lambda folder: shutil.copy(folder / seal.SEAL, folder / "gallery"),
    "renamed": lambda f: (f / "gallery/page.md").rename(f / "gallery/pages.md"),
    "folder": lambda folder: (folder / "gallery/images/two").mkdir(),
    "folder gone": lambda folder: shutil.rmtree(folder / "gallery"),
    "link": link_away,
    "forged": reseal_without_list,
    "no seal": lambda folder: (folder / seal.SEAL).unlink(),
    "empty seal": lambda folder: (folder / seal.SEAL).write_text(""),
    "odd seal": lambda folder: (folder / seal.SEAL).write_text("[1]"),
    "odd list": lambda f: (f / seal.SEAL).write_text('{"files": 1, "list": 2}'),
    "half a seal": replace(seal.SEAL, b"}", b""),
    "bytes": lambda folder: (folder / seal.SEAL).write_bytes(b"\xff\xfe"),
    "all gone": shutil.rmtree,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_folder_is_not_whole(folder, damage):
    assert seal.is_whole(folder)
    damage(folder)
    assert not seal.is_whole(folder)


def test_a_folder_may_be_moved(folder):
    assert seal.is_whole(folder.rename(folder.with_name("moved")))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes() + b"\n"),
        lambda path: path.write_bytes(path.read_bytes().replace(b"1", b"2", 1)),
        lambda path: path.write_text(""),
        lambda path: path.write_bytes(b"\xff"),
        lambda path: path.write_text('{"html": "x", "styles": ""}'),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), path.symlink_to("nowhere")),
    ],
)
def test_a_damaged_page_is_typeset_again(tmp_path, damage):
    """The page that shows is always the same."""
    good = build(tmp_path, a=r"\frac12")
    (kept,) = (tmp_path / "cache").glob("*.json")
    damage(kept)
    assert build(tmp_path, a=r"\frac12") == good
    (again,) = (tmp_path / "cache").glob("*.json")
    assert again == kept
    assert seal.read_sealed(kept)


def test_what_is_in_the_way_of_the_typeset_pages_goes(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "cache").write_text("a file")
    assert typeset.Formulas(tmp_path / "cache").typeset(tmp_path / "site") == []
    (tmp_path / "cache/old.part").mkdir()
    assert typeset.Formulas(tmp_path / "cache").typeset(tmp_path / "site") == []
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["used-site"]


def test_the_gallery_is_laid_out_whatever_lies_there(folder, tmp_path):
    """Other content, a folder for a file, a file for a folder, links, more files."""
    root = tmp_path / "project"
    job = Job("gallery", root / "examples/sea/plot_it.py", root)
    job.store.parent.mkdir(parents=True)
    folder.rename(job.store)
    (root / "docs").mkdir()
    shown = root / "docs/gallery"
    for damage in (
        lambda: None,
        lambda: (shown / "page.md").write_text("# Pace\n"),
        lambda: (
            (shown / "page.md").unlink(),
            (shown / "page.md/a").mkdir(parents=True),
        ),
        lambda: (shutil.rmtree(shown / "images"), (shown / "images").write_text("x")),
        lambda: (shown / "images/two.svg").symlink_to("one.svg"),
        lambda: (shown / "three").symlink_to(shown / "images"),
        lambda: (shutil.rmtree(shown), shown.write_text("x")),
    ):
        damage()
        gallery.lay_out([job], shown)
        files = {path.name: path for path in shown.rglob("*") if path.is_file()}
        assert set(files) == {"page.md", "one.svg"}
        assert files["page.md"].read_text() == "# Page\n"


def test_damaged_outputs_are_made_anew(project: Project):
    """One of each kind at the same time, and things in the way; once is enough."""
    root = project.root
    store = root / ".cache/runs/gallery/waves"
    figure = store / "plot_crest/gallery/waves/images/mkd_glr_plot_crest_001.svg"
    drawn = figure.read_bytes()
    figure.write_bytes(drawn[:-100])
    (store / "plot_trough/run.json").write_text("{}")
    (root / ".cache/runs/lab/harbor/harbor/executed.ipynb").write_text("")
    for kept in (root / ".cache/typeset").iterdir():
        kept.write_text("")
    shutil.rmtree(root / "docs/gallery")
    (root / "docs/gallery").write_text("in the way")
    shutil.rmtree(root / ".cache/stage", ignore_errors=True)
    (root / ".cache/stage").write_text("in the way")
    project.build()
    assert project.executed() == ALL
    shown = root / "site/gallery/waves/images" / figure.name
    assert shown.read_bytes() == figure.read_bytes() == drawn
    assert "2.25" in project.page("notes/waves")
    assert "0.75" in project.page("notes/waves")
    job = Job("gallery", root / CREST, root)
    assert keys.stored(job) is not None
    project.build()
    assert project.executed() == set()
