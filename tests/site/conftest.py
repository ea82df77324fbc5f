"""Small projects to build, and a browser for looking at the site."""

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

with warnings.catch_warnings():  # it imports a name that mkdocs warns of
    warnings.simplefilter("ignore", DeprecationWarning)
    import mkdocs_gallery.utils  # noqa: F401

from tests.site.browser import FLAGS, SITE, find_browser, served
from tests.site.miniature import Project

Shared = Callable[[str, Callable[[Path], Project]], Project]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Shared:
    """Gives a project that is built once for all workers; not to be changed."""
    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent  # that of all workers

    def build(name: str, create: Callable[[Path], Project]) -> Project:
        project = Project(folder / name)
        with FileLock(folder / f"{name}.lock"):
            if not (folder / f"{name}.built").exists():
                create(project.root).build()
                (folder / f"{name}.built").touch()
        return project

    return build


@pytest.fixture(scope="session")
def base(shared: Shared) -> Project:
    """A small project that was built once for all workers; not to be changed."""
    return shared("base", Project.create)


@pytest.fixture
def project(base: Project, tmp_path: Path) -> Project:
    """A copy of the small project, with its stored outputs."""
    return base.copy(tmp_path / "project")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_browser(), args=FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of the site with an empty search index, which each page would read as a whole."""
    name = "search/search_index.json"
    index = json.loads((SITE / name).read_text("utf-8"))
    empty = json.dumps({**index, "docs": []}).encode()
    with served(SITE, {f"/{name}": empty}) as url:
        yield url
