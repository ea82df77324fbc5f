"""Runs a gallery script: mkdocs-gallery parses, executes and renders it."""

from pathlib import Path
from typing import Any

from mkdocs_gallery import gen_single
from mkdocs_gallery.gen_data_model import AllInformation
from mkdocs_gallery.gen_gallery import parse_config

from sitebuild.jobs import Job, Reads
from sitebuild.worker import figures
from sitebuild.worker.explain import insist_on_no_address
from sitebuild.worker.outputs import Meter, fenced, insist_on_text
from sitebuild.worker.start import same_start
from sitebuild.worker.watch import Watch


def run_script(job: Job, stage: Path, home: Path, settings: dict[str, Any]) -> Reads:
    """Let mkdocs-gallery make the page and the figures of one script in the stage."""
    gen_single.EXAMPLE_HEADER = "<!-- Written by mkdocs-gallery. -->\n\n"
    gen_single.MKD_GLR_SIG = ""
    gen_single.handle_exception = lambda *_: ("", "")  # the build explains it
    gen_single.CODE_OUTPUT = _Printed()
    gen_single.codestr2md = _code
    galleries = _galleries(job, stage, settings)  # scripts refer to them weakly
    folders = galleries.galleries[0].subsections
    scripts = [script for folder in folders for script in folder.scripts]
    (script,) = [script for script in scripts if script.src_py_file == job.source]
    script.gallery.make_generated_dir()
    watches = _watch_the_code(job, [stage, home])
    gen_single.generate_file_md(script)
    insist_on_no_address(script.md_file.read_text("utf-8"))
    script.codeobj_file.unlink(missing_ok=True)
    _insist_on_a_figure(script)
    return watches[0].finish()


class _Printed:
    """Stands in for mkdocs-gallery's template, whose block a text could end."""

    def format(self, text: str) -> str:
        """Lay out what a cell printed, and the value of its last line."""
        insist_on_text(text)
        block = fenced(text, ".shell .mkd-glr-script-out-disp")
        return f"Out:\n{{: .mkd-glr-script-out }}\n\n{block}\n"


def _code(code: str, lang: str = "python", **_: Any) -> str:
    """Lay out the code of a cell."""
    return fenced(code, f".{lang} ")


def _watch_the_code(job: Job, own: list[Path]) -> list[Watch]:
    """Watch what a script reads, not what mkdocs-gallery reads around it."""
    watches: list[Watch] = []
    execute = gen_single.parse_and_execute

    def watched(*arguments: Any) -> Any:
        same_start()
        watches.append(Watch(job.root, own))
        Meter(watches[0].refuse).watch(gen_single._LoggingTee)
        try:
            return execute(*arguments)
        except BaseException as error:
            raise watches[0].cause(error) from error
        finally:
            watches[0].over = True

    gen_single.parse_and_execute = watched
    return watches


def _galleries(job: Job, stage: Path, settings: dict[str, Any]) -> AllInformation:
    """What mkdocs-gallery knows of all scripts, with the stage for its outputs."""
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
    conf["capture_repr"] = ("__repr__",)  # none that would be code of the page
    conf["min_reported_time"] = float("inf")
    conf["abort_on_example_error"] = True
    galleries = AllInformation.from_cfg(conf, paths)
    galleries.collect_script_files()
    return galleries


def _insist_on_a_figure(script: Any) -> None:
    if not script.get_thumbnail_file(".svg").exists():
        raise ValueError(f"{script.src_py_file.name} shows no figure")
