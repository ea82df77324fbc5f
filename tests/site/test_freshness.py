"""A change runs again what it reaches, and nothing else; pages follow."""

import compileall
import os

from tests.site.miniature import CREST, LAB, TROUGH

NOTE = "notes/waves"


def test_a_change_runs_what_reaches_it(project):
    """Through another module, directly, by a constant, by a data file, by its name.

    Compiled code that seems to be current does not hide a change. A renamed script
    leaves nothing under its old name, nor does a deleted one, the first half of that.
    """
    project.change("dlnotes/water.py", "DENSITY * force", "DENSITY * force * 3")
    project.write("examples/waves/low.txt", "5.5\n")
    project.build()
    assert project.executed() == {CREST, TROUGH}
    assert "5.5" in project.page(NOTE)
    assert "6.75" in project.page(NOTE)  # 2 * 1.125 * 3
    assert "crest = 6.75" in project.page("gallery/waves/plot_crest")

    water = project.root / "dlnotes/water.py"
    compileall.compile_dir(water.parent, quiet=1)  # as another tool would
    then = water.stat()
    project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = 4.0")
    os.utime(water, ns=(then.st_atime_ns, then.st_mtime_ns))  # of the same size, too
    project.change("dlnotes/shore.py", "feet * 0.25", "feet * 4.75")
    renamed = TROUGH.replace("trough", "valley")
    (project.root / TROUGH).rename(project.root / renamed)
    project.build()
    assert project.executed() == {CREST, renamed, LAB}
    assert "13.5" in project.page(NOTE)
    assert "14.25" in project.page(NOTE)  # 3 * 4.75
    assert "depth = 14.25" in project.page("labs/harbor")
    assert "A trough is low" in project.page("gallery/waves/plot_valley")
    left = [p for d in ("site", "docs/gallery") for p in (project.root / d).rglob("*")]
    assert left
    assert not [path for path in left if "plot_trough" in path.name]


def test_a_change_that_no_script_reaches_runs_nothing(project):
    """Stored runs serve at another place too: this project is a copy."""
    project.change("dlnotes/water.py", '"ice"', '"snow"')
    project.change("dlnotes/water.py", "  # per meter", "  # per foot")
    project.change("dlnotes/water.py", "Raise the water.", "Raise it.")
    project.change("dlnotes/water.py", "What waves are made of.", "Water.")
    project.change("dlnotes/waves.py", '"""Waves."""', '"""Waves."""\n\n# Waves.')
    project.write("dlnotes/wind.py", '"""Wind."""\n\n# Unrelated.\n')
    project.change("docs/notes/waves.md", "twice as high", "two times as high")
    project.build()
    assert project.executed() == set()
    assert project.run()["fresh"] == 3
    assert "two times as high" in project.page(NOTE)
    assert "Raise it." in project.page("api/water")
