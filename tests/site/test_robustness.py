"""Builds that are killed, stopped, or under way at the same time do no harm."""

import os
import signal

import psutil
import pytest
from hooks import runner
from miniature import ALL, LAB, Project, wait_until
from mkdocs.exceptions import PluginError

NAP = """\
import os
import time

if "NAP" in os.environ:
    open(os.environ["NAP"] + "/{name}", "w").close()
    time.sleep(float(os.environ["NAP_SECONDS"]))
"""


@pytest.fixture
def sleepy(project: Project, tmp_path) -> Project:
    """A project with a script and a lab that can be made to sleep."""
    project.script("nap", NAP.format(name="script"))
    project.write(LAB, f"{project.read(LAB)}\n# %%\n{NAP.format(name='lab')}")
    (tmp_path / "marks").mkdir()
    return project


def start_napping(project: Project, **variables: str):
    """Start a build, wait until its jobs sleep, and give it with its processes."""
    marks = project.root.parent / "marks"
    build = project.start(NAP=str(marks), NAP_SECONDS="300", **variables)
    wait_until(lambda: len(os.listdir(marks)) == 2, 120)
    own = psutil.Process(build.pid)
    processes = own.children(recursive=True)
    assert len(processes) >= 4  # the fork server, two workers, a kernel
    return build, processes


def are_gone(processes: list[psutil.Process]) -> bool:
    running = [p for p in processes if p.is_running()]
    return all(p.status() == psutil.STATUS_ZOMBIE for p in running)


def test_a_killed_build_leaves_nothing_behind(sleepy):
    """No process outlives it by more than some seconds, and no output looks fresh."""
    build, processes = start_napping(sleepy)
    build.kill()
    wait_until(lambda: are_gone(processes), 15)
    build.communicate()
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
    marks = sleepy.root.parent / "marks"
    assert sorted(os.listdir(marks)) == ["lab", "script"]


def test_builds_at_the_same_time_take_turns(base, tmp_path):
    """Two to one folder and one to another: every script runs once, all are whole."""
    project = base.copy(tmp_path / "project")
    project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = 3.0")
    project.script(
        "count", f"with open('{tmp_path}/count', 'a') as f:\n    f.write('x')"
    )
    builds = [project.start("build", *extra) for extra in ((), (), ("-d", "other"))]
    for build in builds:
        output, _ = build.communicate(timeout=300)
        assert build.returncode == 0, output
    assert (tmp_path / "count").read_text() == "x"
    for site in ("site", "other"):
        assert project.run(site)["found"] == len(ALL) + 1
        assert "3.375" in project.read(f"{site}/notes/waves/index.html")
    names = [
        {p.relative_to(project.root / site) for p in (project.root / site).rglob("*")}
        for site in ("site", "other")
    ]
    assert names[0] == names[1]


def test_a_change_during_a_run_is_not_lost(project, tmp_path):
    """A script that ran with code that has since changed is not taken for fresh."""
    nap = NAP.format(name="script") + "from dlnotes.waves import crest\ncrest(1)\n"
    name = project.script("nap", nap)
    build = project.start(NAP=str(tmp_path), NAP_SECONDS="3")
    wait_until((tmp_path / "script").exists, 120)
    project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = 3.0")
    output, _ = build.communicate(timeout=120)
    assert build.returncode != 0
    assert f"{name} failed:\nthe code changed while it ran" in output


def test_a_stopped_build_starts_no_further_process():
    """Its threads may have been about to."""
    processes = runner._Processes()
    processes.close()
    with pytest.raises(PluginError, match="the build was stopped"):
        processes.start("job")
