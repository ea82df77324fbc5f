"""What the site has to execute: gallery scripts and labs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError

LIMIT = 600.0  # seconds that a job may take, unless mkdocs.yml says otherwise
Reads = dict[str, dict[str, str]]  # "opened" or "imported", to names and states


class Run(TypedDict):
    """What is known of the last good run of a job, as its store keeps it."""

    key: str  # a hash of what the outputs depended on
    finished: str
    seconds: float
    peak_mib: int
    opened: dict[str, str]  # project files that it read, beside code, and their hashes
    values: list[dict[str, Any]]  # what it recorded, as dlnotes.ledger writes it
    executed: NotRequired[bool]  # whether that was in this build; not stored


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
        """The source of the page that shows its outputs, relative to docs."""
        if self.kind == "gallery":
            return f"gallery/{self.note}/{self.source.stem}.md"
        return f"labs/{self.source.name}"

    @property
    def url(self) -> str:
        """The address of that page within the site."""
        return self.page.rsplit(".", 1)[0] + "/"

    @property
    def store(self) -> Path:
        """Where its last good outputs are kept."""
        return self.root / ".cache" / "runs" / self.kind / self.note / self.source.stem


def time_limit(config: MkDocsConfig) -> float:
    """Seconds that a job may take: `extra: job_minutes:` in mkdocs.yml.

    Raises:
        PluginError: If that is no positive number.
    """
    minutes = config.extra.get("job_minutes", LIMIT / 60)
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        raise PluginError(f"mkdocs.yml: job_minutes must be a number, got {minutes!r}")
    if not 0 < minutes < float("inf"):
        raise PluginError(f"mkdocs.yml: job_minutes must be positive, got {minutes}")
    return 60.0 * minutes


def find_jobs(root: Path, docs: Path) -> list[Job]:
    """List every gallery script and lab of a project, in the order of their names.

    Raises:
        PluginError: If files would be skipped without a word, because they lie in the
            wrong folder or their names do not start with `plot_`.
    """
    scripts = [Job("gallery", p, root) for p in (root / "examples").rglob("*.py")]
    labs = [Job("lab", path, root) for path in (docs / "labs").rglob("*.py")]
    lost = [
        f"{job.label}: a gallery script must be named examples/<note>/plot_<name>.py"
        for job in scripts
        if job.source.parents[1] != root / "examples"
        or not job.source.name.startswith("plot_")
    ]
    lost += [
        f"{job.label}: a lab must be named docs/labs/<name>.py"
        for job in labs
        if job.source.parent != docs / "labs"
    ]
    if lost:
        raise PluginError("\n".join(sorted(lost)))
    return sorted(scripts + labs, key=lambda job: job.label)
