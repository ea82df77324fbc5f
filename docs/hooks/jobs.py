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
        ValueError: If a file of the gallery would be skipped without a word, because
            its name does not start with `plot_`.
    """
    examples = root / "examples"
    for path in sorted(examples.glob("**/*.py")):
        if not path.name.startswith("plot_"):
            name = path.relative_to(root)
            raise ValueError(f"{name}: a gallery script must be named plot_<name>.py")
    gallery = [Job("gallery", path, root) for path in examples.glob("*/plot_*.py")]
    labs = [Job("lab", path, root) for path in (docs / "labs").glob("*.py")]
    return sorted(labs + gallery, key=lambda job: job.label)
