"""Lays the stored outputs of the jobs out where mkdocs looks for pages."""

import shutil
from pathlib import Path

from mkdocs_gallery.utils import get_md5sum

from hooks.jobs import Job


def lay_out(jobs: list[Job], gallery: Path) -> None:
    """Make the gallery's folder hold the outputs of the jobs and nothing else.

    Afterwards mkdocs-gallery finds every script up to date and only assembles. Pages
    of deleted scripts disappear.

    Args:
        jobs: All jobs; those that were never run leave no page.
        gallery: The folder of generated pages, `docs/gallery`.
    """
    wanted = {}
    for job in jobs:
        if job.kind == "gallery":
            outputs = job.store / "gallery"
            wanted |= {
                gallery / path.relative_to(outputs): path
                for path in outputs.rglob("*")
                if path.is_file()
            }
    for path in sorted(gallery.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in wanted:
            path.unlink()
    for target, source in wanted.items():
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)  # mkdocs-gallery makes pages read-only
            shutil.copyfile(source, target)


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
