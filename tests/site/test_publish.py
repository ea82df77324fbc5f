"""A site is in place as a whole, with its proof, or the last one is."""

import hashlib
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError

from sitebuild.publish import Publication
from tests.site.miniature import Project


def write(folder: Path, **texts: str) -> None:
    """Write files; a name that begins with _ is a hidden one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text)


def content(folder: Path) -> dict[str, str]:
    """Every file below a folder, with a hash."""
    return {
        path.relative_to(folder).as_posix(): hashlib.md5(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def begin(folder: Path, text: str) -> Publication:
    """Begin to publish a site with one page."""
    publication = Publication(SimpleNamespace(site_dir=str(folder / "site")))
    publication.begin()
    write(Path(publication.config.site_dir), page=text)
    return publication


def test_a_new_site_takes_the_place_of_the_last(tmp_path):
    """Nothing of the last one is left but hidden files, which no build writes."""
    write(tmp_path / "site", page="old", other="old", _git="history")
    publication = begin(tmp_path, "new")
    assert (tmp_path / "site/page").read_text() == "old"
    publication.complete()
    assert names(tmp_path / "site") == [".git", "page"]
    assert (tmp_path / "site/page").read_text() == "new"
    assert names(tmp_path) == ["site"]
    assert publication.config.site_dir == str(tmp_path / "site")


def test_the_first_site_needs_no_folder(tmp_path):
    begin(tmp_path / "deep", "new").complete()
    assert names(tmp_path / "deep") == ["site"]


def test_a_build_that_ends_early_leaves_the_last_site(tmp_path):
    write(tmp_path / "site", page="old")
    begin(tmp_path, "new").end()
    assert names(tmp_path) == ["site"]
    assert (tmp_path / "site/page").read_text() == "old"


def test_a_build_that_waits_leaves_the_draft_of_the_other_alone(tmp_path):
    first = begin(tmp_path, "new")
    Publication(SimpleNamespace(site_dir=str(tmp_path / "site"))).end()
    first.complete()
    assert (tmp_path / "site/page").read_text() == "new"


@pytest.mark.parametrize("step", range(4))
def test_a_build_that_is_killed_leaves_a_whole_site(tmp_path, monkeypatch, step):
    """At whichever step, the next build finds one of the two sites, not a mixture."""
    write(tmp_path / "site", page="old", other="old", _git="history")
    publication = begin(tmp_path, "new")
    steps, rename = iter(range(4)), Path.rename

    def die(path: Path, target: Path) -> Path:
        if next(steps) == step:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", die)
    if step < 3:
        with pytest.raises(KeyboardInterrupt):
            publication.complete()
    else:
        publication.complete()
    monkeypatch.undo()
    begin(tmp_path, "third").end()
    assert names(tmp_path / "site") in ([".git", "other", "page"], [".git", "page"])
    old = (tmp_path / "site/page").read_text() == "old"
    assert old == (tmp_path / "site/other").exists() == (step < 2)


@pytest.mark.parametrize("step", [0, 1])
def test_a_place_that_cannot_be_changed_keeps_its_site(tmp_path, monkeypatch, step):
    write(tmp_path / "site", page="old")
    publication = begin(tmp_path, "new")
    steps, rename = iter(range(9)), Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if next(steps) == step:
            raise OSError("device or resource busy")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PluginError, match="cannot put the site in place: device or"):
        publication.complete()
    publication.end()
    assert names(tmp_path) == ["site"]
    assert (tmp_path / "site/page").read_text() == "old"


def test_a_build_that_fails_shows_nothing_new(project: Project):
    """Neither for a late check, nor for a warning that mkdocs counts at the end."""
    before = content(project.root / "site")
    index = project.read("docs/index.md")
    project.write("docs/index.md", f'{index}\n<a href="lost/">One</a>\n')
    assert "dead link lost/" in project.build(fails=True)
    project.write("docs/index.md", f"{index}\n[One](/notes/waves/)\n")
    assert "in strict mode" in project.build(fails=True)
    project.change("docs/claims/waves.yml", "condition: value > 1", "condition: True")
    assert "claim high cannot be checked" in project.build(fails=True)
    assert content(project.root / "site") == before
    shutil.rmtree(project.root / "site")
    project.build(fails=True)
    assert [n for n in names(project.root) if "site" in n] == ["sitebuild"]


def test_a_part_of_a_site_is_refused(project: Project):
    before = content(project.root / "site")
    output, _ = project.start("build", "--dirty").communicate(timeout=60)
    assert "a site is built as a whole" in output
    assert content(project.root / "site") == before
