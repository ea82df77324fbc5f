"""Builds that are killed, stopped, or under way at the same time do no harm."""

import os
import signal
import tempfile
from pathlib import Path

import psutil
import pytest
from mkdocs.exceptions import PluginError

from sitebuild.processes import Processes
from sitebuild.temporary import folder_of_a_build
from tests.site.miniature import ALL, LAB, Project, wait_until

NAP = """\
import tempfile
import time

open(tempfile.gettempdir() + "/{mark}", "w").close()
time.sleep({seconds})
"""


@pytest.fixture
def sleepy(project: Project) -> Project:
    """A project with a script and a lab that sleep."""
    lab = NAP.format(mark=mark(project, "lab"), seconds=300)
    project.script("nap", NAP.format(mark=mark(project, "script"), seconds=300))
    project.write(LAB, f"{project.read(LAB)}\n# %%\n{lab}")
    return project


def mark(project: Project, name: str) -> str:
    """A name that no other project's jobs give to a temporary file."""
    return f"{project.root.parent.name}-{hash(project.root)}-{name}"


def marks(project: Project) -> list[str]:
    """The jobs that sleep, or did so when they were killed."""
    folders = Path(tempfile.gettempdir()).glob("dlnotes-*/*/*")
    start = mark(project, "")
    return sorted(p.name.removeprefix(start) for p in folders if start in p.name)


def start_napping(project: Project):
    """Start a build, wait until its jobs sleep, and give it with its processes."""
    build = project.start()
    wait_until(lambda: marks(project) == ["lab", "script"], 120)
    own = psutil.Process(build.pid)
    processes = own.children(recursive=True)
    assert len(processes) >= 4  # the fork server, two workers, a kernel
    return build, processes


def are_gone(processes: list[psutil.Process]) -> bool:
    running = [p for p in processes if p.is_running()]
    return all(p.status() == psutil.STATUS_ZOMBIE for p in running)


def test_what_a_killed_build_has_left_is_removed(tmp_path, monkeypatch):
    """What a living one uses stays, and what is no folder of a build."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("dlnotes-killed", "dlnotes-other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "figure.svg").write_text("")
    (tmp_path / "dlnotes-killed/of-a-build").write_text("")
    with folder_of_a_build() as first:
        (first / "job").mkdir()
        with folder_of_a_build() as second:
            left = {path.name for path in tmp_path.iterdir()}
            assert left == {first.name, second.name, "dlnotes-other"}
            assert (first / "job").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["dlnotes-other"]


def test_a_killed_build_leaves_nothing_behind(sleepy):
    """No process outlives it by more than some seconds, and no output looks fresh."""
    build, processes = start_napping(sleepy)
    build.kill()
    wait_until(lambda: are_gone(processes), 15)
    build.communicate()
    assert not (sleepy.root / ".cache/runs/gallery/waves/plot_nap").exists()
    sleepy.change("examples/waves/plot_nap.py", "sleep(300)", "sleep(0)")
    sleepy.change(LAB, "sleep(300)", "sleep(0)")
    sleepy.build()
    assert sleepy.executed() == {"examples/waves/plot_nap.py", LAB}
    assert not (sleepy.root / ".cache/stage").exists()


@pytest.mark.parametrize("whole_group", [True, False])
def test_ctrl_c_stops_everything(sleepy, whole_group):
    """A terminal interrupts all of a build's processes, other tools only the first."""
    build, processes = start_napping(sleepy)
    (os.killpg if whole_group else os.kill)(build.pid, signal.SIGINT)
    output, _ = build.communicate(timeout=30)
    assert build.returncode != 0
    assert "Documentation built" not in output
    wait_until(lambda: are_gone(processes), 15)


def test_builds_at_the_same_time_take_turns(base, tmp_path):
    """Two to one folder and one to another: every script runs once, all are whole."""
    project = base.copy(tmp_path / "project")
    project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = 3.0")
    count = project.script("count", "")
    builds = [project.start("build", *extra) for extra in ((), (), ("-d", "other"))]
    runs = 0
    for build in builds:
        output, _ = build.communicate(timeout=300)
        assert build.returncode == 0, output
        runs += output.count(f"ran {count}")
    assert runs == 1
    for site in ("site", "other"):
        assert project.run(site)["found"] == len(ALL) + 1
        assert "3.375" in project.read(f"{site}/notes/waves/index.html")
    names = [
        {p.relative_to(project.root / site) for p in (project.root / site).rglob("*")}
        for site in ("site", "other")
    ]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("dlnotes/water.py", "2.0", "3.0", "failed:\n{} changed while it ran"),
        ("tests/test_waves.py", "A crest", "It", "{} changed while the site was built"),
        ("docs/notes/waves.md", "twice", "2", "{} changed while the site was built"),
    ],
)
def test_a_change_during_a_build_is_not_lost(project, file, old, new, message):
    """What ran before it is not taken for fresh, and no page shows old and new."""
    nap = NAP.format(mark=mark(project, "script"), seconds=3)
    project.script("nap", f"from dlnotes.waves import crest\ncrest(1)\n{nap}")
    build = project.start()
    wait_until(lambda: marks(project) == ["script"], 120)
    project.change(file, old, new)
    output, _ = build.communicate(timeout=120)
    assert build.returncode != 0
    assert message.format(file) in output


def test_a_stopped_build_starts_no_further_process():
    """Its threads may have been about to."""
    processes = Processes()
    processes.close()
    with pytest.raises(PluginError, match="the build was stopped"):
        processes.run("job")
