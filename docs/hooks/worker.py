"""Runs one job in a process of its own and leaves its outputs in a folder."""

import json
import os
import random
import resource
import shutil
import sys
import threading
import time
import traceback
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hooks import reach
from hooks.jobs import Job
from hooks.watch import Reads, Watch

SEED = 0
# Loaded once by the fork server; none of it is the project's own code.
PRELOAD = [
    "matplotlib.pyplot",
    "mkdocs_gallery.gen_gallery",
    "mkdocs_gallery.gen_single",
    "nbclient",
    "numpy",
    "torch",
]


def run(job: Job, stage: Path, settings: dict[str, Any], reply: Connection) -> None:
    """Run a job and send back what is known of the run, or the traceback.

    Args:
        job: The gallery script or lab.
        stage: An empty folder for the outputs.
        settings: The gallery's options in mkdocs.yml.
        reply: Takes `("done", facts)` or `("failed", traceback)`.
    """
    threading.Thread(target=_die_with_the_build, daemon=True).start()
    sys.dont_write_bytecode = True  # `mkdocs serve` would take it for a change
    os.chdir(job.root)
    os.environ["DLNOTES_LEDGER"] = str(stage / "ledger.jsonl")
    os.environ["MPLBACKEND"] = "agg"
    sys.path[:0] = [str(job.root)]
    started = time.perf_counter()
    try:
        if job.kind == "gallery":
            read = _run_script(job, stage, settings)
        else:
            read = _run_lab(job, stage)
    except BaseException:
        reply.send(("failed", traceback.format_exc()))
        return
    own, children = (
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    unit = 1 if sys.platform == "darwin" else 1024
    reached = {
        path.relative_to(job.root).as_posix()
        for path, _ in reach.reached_units(job.source, job.root)
    }
    imported = {n: h for n, h in read["imported"].items() if n not in reached}
    facts = {
        "seconds": time.perf_counter() - started,
        "peak_bytes": max(own, children) * unit,
        "opened": imported | read["opened"],
    }
    reply.send(("done", facts))


def same_start() -> None:
    """Give every job the same seeds, number type and number of threads."""
    import numpy as np
    import torch

    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002
    torch.manual_seed(SEED)
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(1)


def _run_script(job: Job, stage: Path, settings: dict[str, Any]) -> Reads:
    """Let mkdocs-gallery parse, execute and render one script into the stage."""
    from mkdocs_gallery import gen_single
    from mkdocs_gallery.gen_data_model import AllInformation
    from mkdocs_gallery.gen_gallery import parse_config

    from hooks import figures

    gen_single.EXAMPLE_HEADER = "<!-- Written by mkdocs-gallery. -->\n\n"
    gen_single.MKD_GLR_SIG = ""
    options = dict(settings)
    options["examples_dirs"] = [job.root / "examples"]
    options["gallery_dirs"] = [stage / "gallery"]
    paths = {
        "config_file_path": str(job.root / "mkdocs.yml"),
        "docs_dir": str(stage),
        "site_dir": str(stage / "site"),
    }
    conf = parse_config(options, mkdocs_conf=paths)
    conf["image_scrapers"] = (figures.save_figures,)
    conf["reset_modules"] = (figures.apply_style,)
    conf["min_reported_time"] = float("inf")
    conf["abort_on_example_error"] = True
    galleries = AllInformation.from_cfg(conf, paths)
    galleries.collect_script_files()
    (script,) = [
        script
        for gallery in galleries.galleries[0].subsections
        for script in gallery.scripts
        if script.src_py_file == job.source
    ]
    script.gallery.make_generated_dir()
    same_start()
    watch = Watch(job.root)
    gen_single.generate_file_md(script)
    script.codeobj_file.unlink(missing_ok=True)
    _darken_thumbnail(script, figures)
    return watch.finish()


def _darken_thumbnail(script: Any, figures: Any) -> None:
    thumb = script.get_thumbnail_file(".svg")
    if not thumb.exists():
        raise ValueError(f"{script.src_py_file.name} shows no figure")
    figure = script.get_image_path(1).with_suffix(".svg")
    shutil.copyfile(figures.dark_twin(figure), figures.dark_twin(thumb))


def _run_lab(job: Job, stage: Path) -> Reads:
    """Execute a lab in a kernel of its own; the first error ends it."""
    import jupytext
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    notebook = jupytext.read(job.source)
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    plain = nbformat.from_dict(notebook)
    nbformat.write(plain, stage / f"{job.source.stem}.ipynb")
    shutil.copyfile(job.source, stage / job.source.name)

    files = stage / "opened.json"
    hooks = Path(__file__).parents[1]
    first = (
        f"import sys; sys.path.append({str(hooks)!r})\n"
        "from hooks import worker as _worker; del sys\n"
        f"_watch = _worker.start_lab({str(job.root)!r})\n"
        "%config InlineBackend.figure_formats = ['svg']"
    )
    last = f"_worker.finish_lab(_watch, {str(files)!r})"
    os.environ["PYTHONPATH"] = str(job.root)
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ.pop("MPLBACKEND", None)  # the kernel draws inline
    notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    notebook.cells.append(nbformat.v4.new_code_cell(last))
    settings = Config()
    settings.KernelManager.transport = "ipc"  # no port that others could reach
    client = NotebookClient(notebook, timeout=600, allow_errors=False, config=settings)
    client.execute(cwd=str(job.root))
    del notebook.cells[0], notebook.cells[-1]
    nbformat.write(notebook, stage / "executed.ipynb")
    return json.loads(files.read_text("utf-8"))


def start_lab(root: str) -> Watch:
    """Prepare a lab's kernel: the same start as a script, and the same watch."""
    from hooks import figures

    sys.dont_write_bytecode = True
    same_start()
    figures.apply_style()
    figures.write_titles()
    return Watch(Path(root))


def finish_lab(watch: Watch, report: str) -> None:
    """Write down, at the end of a lab, what it read."""
    Path(report).write_text(json.dumps(watch.finish()), "utf-8")


def _die_with_the_build() -> None:
    """End this process as soon as the build that started it is gone."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
