"""Makes the build steps importable, and small projects to build with them."""

import sys
import warnings
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "docs")]

with warnings.catch_warnings():  # it imports a name that mkdocs warns of
    warnings.simplefilter("ignore", DeprecationWarning)
    import mkdocs_gallery.utils  # noqa: F401

from miniature import Project  # noqa: E402 (found on the path set above)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project that was built once; not to be changed."""
    project = Project.create(tmp_path_factory.mktemp("base") / "project")
    project.build()
    return project


@pytest.fixture
def project(base: Project, tmp_path: Path) -> Project:
    """A copy of the small project, with its stored outputs."""
    return base.copy(tmp_path / "project")
