"""What the site has to execute: gallery scripts and labs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Job:
    """One file that runs while the site is built.

    Attributes:
        kind: A gallery script or a lab.
        source: The file, absolute.
        root: The project, absolute.
    """

    kind: Literal["gallery", "lab"]
    source: Path
    root: Path

    @property
    def label(self) -> str:
        """The file as messages name it, relative to the project."""
        return self.source.relative_to(self.root).as_posix()

    @property
    def note(self) -> str:
        """The note it belongs to."""
        return self.source.parent.name if self.kind == "gallery" else self.source.stem

    @property
    def page(self) -> str:
        """The page that shows its outputs, relative to docs."""
        if self.kind == "gallery":
            return f"gallery/{self.note}/{self.source.stem}.md"
        return f"labs/{self.source.name}"

    @property
    def store(self) -> Path:
        """Where its last good outputs are kept."""
        return self.root / ".cache" / "runs" / self.kind / self.note / self.source.stem


def find_jobs(root: Path, docs: Path) -> list[Job]:
    """List every gallery script and lab of a project, in the order of their names.

    Raises:
        ValueError: If files would be skipped without a word, because they lie in the
            wrong folder or their names do not start with `plot_`.
    """
    jobs, lost = [], []
    for path in sorted((root / "examples").rglob("*.py")):
        jobs.append(Job("gallery", path, root))
        if path.parents[1] != root / "examples" or not path.name.startswith("plot_"):
            wanted = "a gallery script must be named examples/<note>/plot_<name>.py"
            lost.append(f"{jobs[-1].label}: {wanted}")
    for path in sorted((docs / "labs").rglob("*.py")):
        jobs.append(Job("lab", path, root))
        if path.parent != docs / "labs":
            lost.append(f"{jobs[-1].label}: a lab must be named docs/labs/<name>.py")
    if lost:
        raise ValueError("\n".join(lost))
    return sorted(jobs, key=lambda job: job.label)
