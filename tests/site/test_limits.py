"""A job that does not end well, or not at all, is ended, and named with the cause."""

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import jupytext
import psutil
import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs_gallery import gen_single
from nbclient import NotebookClient

from sitebuild import gallery, hooks
from sitebuild.jobs import Job, time_limit
from sitebuild.processes import worker_pool
from sitebuild.worker.explain import explain, insist_on_no_address
from sitebuild.worker.lab import _insist_on_plain_cells
from tests.site.miniature import LAB, TROUGH, Project, wait_until

LATE = "it did not end within 0.05 minutes"
CRASH = "import atexit, signal\natexit.register(signal.raise_signal, signal.SIGSEGV)"
ENDS = {
    "sleeps": ("import time\ntime.sleep(999)", 3, LATE),
    "holds the interpreter": ("7 ** (10**9)", 3, LATE),
    "ignores signals": (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "time.sleep(999)",
        3,
        LATE,
    ),
    "leaves a thread": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=[999]).start()",
        9,
        "it did not end within 0.15 minutes",
    ),
    "crashes at its end": (CRASH, 100, "its process ended with code -11"),
    "leaves a thread that crashes": (
        "import signal, threading\n"
        "def crash():\n"
        "    threading.main_thread().join()\n"
        "    signal.raise_signal(signal.SIGSEGV)\n"
        "threading.Thread(target=crash).start()",
        100,
        "its process ended with code -11",
    ),
    "fails beside a thread": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=[999]).start()\n1 / 0",
        100,
        "ZeroDivisionError: division by zero",
    ),
    "dies at its end": (
        "import atexit, os\natexit.register(os._exit, 3)",
        100,
        "its process ended with code 3",
    ),
}


@pytest.fixture
def run(project: Project, tmp_path):
    """Run one job; give what went wrong."""

    def run(name: str, limit: float) -> str:
        kind = "lab" if name == LAB else "gallery"
        job = Job(kind, project.root / name, project.root)
        folders = [project.root / ".cache/stage", tmp_path / "home"]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        with worker_pool(1) as (_, processes):
            return processes.run(name, job, "key", *folders, {}, limit=limit)

    return run


@pytest.mark.parametrize(("code", "limit", "told"), ENDS.values(), ids=ENDS)
def test_the_end_of_a_script_counts(project, run, code, limit, told):
    assert run(project.script("end", code), limit).startswith(told)


def test_a_script_that_does_well_has_no_fault(project, run):
    assert run(TROUGH, 100) == run(LAB, 200) == ""


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os\nos._exit(0)", "DeadKernelError"),
        (CRASH, "the kernel ended with code -11"),
        (ENDS["leaves a thread"][0], "RuntimeError: the lab leaves threads behind"),
        ("x = 1\n\ndepth(1 / 0)", f"ZeroDivisionError: division by zero\n  {LAB}:13"),
    ],
)
def test_the_end_of_a_lab_counts(project, run, code, told):
    project.write(LAB, f"{project.read(LAB)}\n# %%\n{code}\n")
    assert run(LAB, 200).startswith(told)


def test_the_kernel_ends_with_a_lab_that_takes_too_long(project, run, tmp_path):
    """Even one that lets no other thread notice that the lab is gone."""
    project.write(LAB, f"{project.read(LAB)}\n# %%\n7 ** (10**9)\n")
    assert run(LAB, 15).startswith("it did not end within")

    def left() -> list[str]:
        running = psutil.process_iter(["cmdline"])
        lines = [" ".join(process.info["cmdline"] or ()) for process in running]
        return [line for line in lines if str(tmp_path) in line]

    wait_until(lambda: not left(), 15)  # one that was killed gives its memory back


def test_the_limit_is_an_option(project):
    """It is read from mkdocs.yml, and a script that exceeds it stops the build."""
    with pytest.raises(PluginError, match="job_minutes must be positive, got 0"):
        time_limit(_config(0))
    with pytest.raises(PluginError, match="job_minutes must be a number, got '10'"):
        time_limit(_config("10"))
    assert time_limit(_config(2.5)) == 150
    project.change("mkdocs.yml", "job_minutes: 10", "job_minutes: 0.05")
    name = project.script("sleep", "import time\ntime.sleep(999)")
    assert f"{name} failed:\n{LATE}" in project.build(fails=True)


def _config(minutes) -> MkDocsConfig:
    return SimpleNamespace(extra={"job_minutes": minutes})


@pytest.mark.parametrize(
    "cell",
    [
        '# %% tags=["skip-execution"]\n1',
        '# %% tags=["raises-exception"]\n1',
        '# %% tags=["remove-input"]\n1',
        '# %% active="py"\n1',
        "# %% editable=false\n1",
        "# %% [raw]\n1",
        "# %%\n# !ls",
        "# %%\n# %%bash\n# ls",
        "# %%\n# %matplotlib inline",
    ],
)
def test_a_cell_that_would_not_be_executed_is_refused(cell):
    notebook = jupytext.reads(f"# %%\n1\n\n{cell}\n", "py:percent")
    job = Job("lab", Path("/p/docs/labs/tide.py"), Path("/p"))
    with pytest.raises(PluginError, match=r"docs/labs/tide\.py: cell 2 "):
        _insist_on_plain_cells(notebook, job)


def test_plain_cells_are_accepted():
    text = "# %% [markdown]\n# # A\n\n# %%\nawait x\n"
    job = Job("lab", Path("/p/docs/labs/tide.py"), Path("/p"))
    _insist_on_plain_cells(jupytext.reads(text, "py:percent"), job)


def test_an_address_in_memory_is_refused():
    insist_on_no_address("at 0x12 <b at 12>")
    with pytest.raises(PluginError, match="<object object at 0x7f0012345678>"):
        insist_on_no_address("x <object object at 0x7f0012345678>")


def test_an_error_of_the_file_system_is_one_line_that_names_the_path():
    """Also inside of a job, where it lies below frames of packages."""
    full = OSError(errno.ENOSPC, "No space left on device", "/tide/a.svg")
    with pytest.raises(PluginError, match=r"^No space left on device: /tide/a\.svg$"):
        hooks.on_build_error(full)
    job = Job("gallery", Path("/p/examples/a/plot_a.py"), Path("/p"))
    told = "OSError: [Errno 28] No space left on device: '/tide/a.svg'"
    assert explain(full, job) == told


def test_no_plugin_executes_anything(monkeypatch):
    """Neither a script nor a lab: it would run unwatched inside of the build."""
    for name in ("parse_and_execute", "execute_code_block", "tqdm"):
        monkeypatch.setattr(gen_single, name, None)
    monkeypatch.setattr(NotebookClient, "async_start_new_kernel", None)
    gallery.keep_quiet(SimpleNamespace(), lenient=False)
    script = SimpleNamespace(src_py_file=Path("plot_tide.py"))
    with pytest.raises(PluginError, match=r"would run plot_tide\.py once more"):
        gen_single.parse_and_execute(script, [])
    with pytest.raises(PluginError, match=r"would run plot_tide\.py once more"):
        gen_single.execute_code_block(None, (), script)
    notebook = jupytext.reads("# %%\n1\n", "py:percent")
    notebook.metadata["kernelspec"] = {"name": "python3"}
    with pytest.raises(PluginError, match="a plugin would run a lab once more"):
        NotebookClient(notebook).execute()
