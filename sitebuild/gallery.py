"""Gets on with mkdocs-gallery: its options, and the pages that it assembles."""

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs_gallery import gen_gallery, gen_single
from mkdocs_gallery.utils import get_md5sum
from nbclient import NotebookClient

from sitebuild import seal
from sitebuild.jobs import Job
from sitebuild.pages.notebooks import with_whole_links


def settings(config: MkDocsConfig) -> dict[str, Any]:
    """The gallery's options in mkdocs.yml that outputs depend on at any place."""
    return {
        name: value
        for name, value in config.plugins["gallery"].config.items()
        if value is not None and not name.endswith("_dirs")
    }


def keep_quiet(config: MkDocsConfig, *, lenient: bool) -> None:
    """Let the gallery show no progress, and let no plugin execute anything.

    Whatever runs, runs in a worker: a script beside the build would be unwatched.
    """
    gen_gallery._import_matplotlib = lambda: None  # slow, and only workers draw
    gen_single.tqdm = lambda scripts, **_: scripts
    gen_single.parse_and_execute = gen_single.execute_code_block = _refuse_script
    NotebookClient.async_start_new_kernel = _refuse_lab  # type: ignore[method-assign]
    if lenient:
        options = config.plugins["gallery"].config
        options["plot_gallery"] = options["download_all_examples"] = False


def _refuse_script(*arguments: Any) -> None:
    """Stand in for mkdocs-gallery's execution."""
    scripts = [a.src_py_file for a in arguments if hasattr(a, "src_py_file")]
    raise PluginError(
        f"mkdocs-gallery would run {scripts[0].name} once more: the script or its "
        "outputs changed after its run, or an option asks for it; build again"
    )


async def _refuse_lab(*_: Any, **__: Any) -> None:
    """Stand in for the execution of notebooks."""
    raise PluginError("a plugin would run a lab once more: mkdocs-jupyter's `execute`?")


def lay_out(jobs: list[Job], gallery: Path, address: str = "") -> None:
    """Make the gallery's folder hold the outputs of the jobs and nothing else.

    Afterwards mkdocs-gallery finds every script up to date and only assembles. Pages
    of deleted scripts disappear.

    Args:
        jobs: All jobs; those that were never run leave no page.
        gallery: The folder of generated pages, `docs/gallery`.
        address: Where the site is published, "" if that is not known.
    """
    wanted = {
        gallery / path.relative_to(job.store / "gallery"): (job, path)
        for job in jobs
        if job.kind == "gallery"
        for path in (job.store / "gallery").rglob("*")
        if path.is_file()
    }
    seal.make_folder(gallery, gallery)
    for path in sorted(gallery.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in wanted:
            path.unlink()
    for target, (job, source) in wanted.items():
        content = source.read_bytes()
        if source.suffix == ".ipynb":
            folder = f"gallery/{job.note}"
            text = with_whole_links(content.decode("utf-8"), folder, address)
            content = text.encode("utf-8")
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)  # mkdocs-gallery makes pages read-only
            target.write_bytes(content)


def accept_as_is(jobs: list[Job], gallery: Path) -> None:
    """Let mkdocs-gallery take stale outputs for current ones; for authors only."""
    for job in jobs:
        if job.kind == "gallery":
            folder = gallery / job.note
            folder.mkdir(parents=True, exist_ok=True)
            page = folder / f"{job.source.stem}.md"
            if not page.exists():
                page.write_text(f"# {job.source.stem}\n\nNot run yet.\n", "utf-8")
            digest = get_md5sum(job.source, mode="t")
            (folder / f"{job.source.name}.md5").write_text(digest, "utf-8")
