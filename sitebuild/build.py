"""One build: what its steps share, and the steps before the first page."""

import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.nav import Navigation

from sitebuild import early, gallery, report, runner, seal, selection
from sitebuild.citations import Index, build_index, unknown_equations
from sitebuild.claim_files import load_claims
from sitebuild.claims import Claim, check_claims
from sitebuild.freshness import keys, remembered, snapshot
from sitebuild.jobs import Job, Run, find_jobs, time_limit
from sitebuild.ledger import Ledger
from sitebuild.mathematics.typeset import Formulas
from sitebuild.pages.kept import Kept
from sitebuild.processes import available_cores
from sitebuild.publish import Publication

log = logging.getLogger("mkdocs.hooks.build")


@dataclass
class Build:
    """What the steps of one build share.

    Attributes:
        root: The project.
        docs: The sources of its pages.
        publication: Where the site is built, and where it shall lie.
        settings: The gallery's options in mkdocs.yml.
        lenient: The authors' mode, which executes nothing and shows stale outputs.
        note: The only note that the site shows, "" for all.
        lock: Held while this build is under way; other builds of the project wait.
        limit: Seconds that a job may take.
        kind: What kind of site it makes; the pages of another kind differ.
        formulas: Typesets those of the pages.
        sources: Hashes of all sources when this build began to read them.
        jobs: The gallery scripts and labs that the site shows.
        others: Those of other notes, if it shows only one.
        runs: What is known of their last runs.
        stale: Jobs whose outputs may be older than their code; for authors only.
        ledger: What was recorded.
        claims: What it is compared with.
        index: Who cites and uses what.
        summary: Facts for the pages' footer and for `run.json`.
        state: Hash of all code.
        kept: What was rendered before.
        nav: What every page lists.
    """

    root: Path
    docs: Path
    publication: Publication
    settings: dict[str, Any]
    lenient: bool
    note: str
    lock: FileLock
    limit: float
    kind: str
    formulas: Formulas
    sources: snapshot.Snapshot
    jobs: list[Job] = field(default_factory=list)
    others: list[Job] = field(default_factory=list)
    runs: dict[Job, Run] = field(default_factory=dict)
    stale: set[Job] = field(default_factory=set)
    ledger: Ledger = field(default_factory=Ledger)
    claims: list[Claim] = field(default_factory=list)
    index: Index = field(default_factory=Index)
    summary: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    kept: Kept = field(init=False)
    nav: Navigation = field(init=False)

    @classmethod
    def of(cls, config: MkDocsConfig, command: str = "build") -> "Build":
        """Prepare a build of the project whose mkdocs.yml was read.

        Args:
            config: The settings.
            command: What mkdocs does: `serve` makes pages with other addresses.

        Raises:
            PluginError: If Python imports this package from another project, or
                passes over the asserts of proofs.
        """
        root = Path(config.config_file_path).parent
        code = Path(__file__).resolve().parents[1]
        if code != root.resolve():
            raise PluginError(f"run mkdocs in {root}: Python finds the code of {code}")
        if sys.flags.optimize:
            raise PluginError("run Python without -O: proofs are asserts")
        note = selection.wanted_note(Path(config.docs_dir))
        kind = f"{command}-{note or 'whole'}"
        return cls(
            root,
            Path(config.docs_dir),
            Publication(config),
            gallery.settings(config),
            os.environ.get("DLNOTES_GALLERY") == "stale",
            note,
            FileLock(root / ".cache" / "build.lock"),
            time_limit(config),
            kind,
            Formulas(root / ".cache" / "typeset", kind),
            snapshot.take(root),
        )

    @property
    def site(self) -> Path:
        """Where the site is built."""
        return self.publication.draft

    def begin(self) -> None:
        """Hold off other builds of this project until this one ends."""
        seal.make_folder(self.root / ".cache", self.root / ".cache")
        try:
            self.lock.acquire(timeout=0)
        except TimeoutError:
            log.info("Waiting for another build of this project to finish")
            self.lock.acquire()
        settings = self.sources["mkdocs.yml"]  # read before the waiting
        self.sources = {**snapshot.take(self.root), "mkdocs.yml": settings}
        self.publication.begin()
        self.state = remembered.code_state(self.root)
        self.kept = Kept(self.root, self.sources)

    def end(self) -> None:
        """Leave nothing half-made behind, and let other builds go on."""
        self.formulas.drop()
        self.publication.end()
        self.lock.release(force=True)

    def read(self) -> None:
        """Find the jobs, read the claims, look for notes that nobody would find.

        Raises:
            PluginError: If something is wrong with these.
        """
        jobs = find_jobs(self.root, self.docs)
        self.jobs = [job for job in jobs if self.note in ("", job.note)]
        self.others = [job for job in jobs if job not in self.jobs]
        self.claims = load_claims(self.docs / "claims", self.note)
        config = self.publication.config
        problems = early.unlisted(config, self.claims, self.note)
        self._tell(problems + early.half_named(config, self.note))

    def execute(self) -> None:
        """Run what is stale, and give mkdocs-gallery all outputs."""
        started = time.perf_counter()
        workers = available_cores()
        if self.lenient:
            self.runs = _last_runs(self.jobs)
            self.stale = {
                job
                for job in self.jobs
                if not keys.is_fresh(job, self.runs.get(job), self.settings, self.state)
            }
        else:
            look = self._look_at_formulas
            self.runs = runner.run_stale(
                self.jobs, self.settings, workers, self.limit, look, self.state
            )
        address = self.publication.config.site_url or ""
        gallery.lay_out(self.jobs + self.others, self.docs / "gallery", address)
        unsure = self.others + sorted(self.stale, key=lambda job: job.label)
        gallery.accept_as_is(unsure, self.docs / "gallery")
        seconds = time.perf_counter() - started
        self.summary = report.summary(
            self.jobs, self.runs, self.stale, workers, seconds
        )

    def check(self, look: Callable[[], list[str]] = list) -> None:
        """Hold what was recorded against the claims, and see who cites what.

        Args:
            look: Finds what else is wrong, given all that.

        Raises:
            PluginError: If a claim does not hold; the message names all such claims.
        """
        runs = {**self.runs, **_last_runs(self.others)}
        self.stale |= set(self.others)  # nobody has looked
        self.ledger = Ledger.from_runs(runs, lenient=self.lenient, note=self.note)
        self.index = build_index(self.root, self.jobs, self.state)
        unknown = unknown_equations(self.root, self.note, self.index)
        self._tell([*check_claims(self.claims, self.ledger), *unknown, *look()])

    def _look_at_formulas(self) -> None:
        """Do not let an author wait for scripts to hear of a slip in a formula."""
        cache = self.root / ".cache" / "formulas"
        self._tell(early.broken_formulas(self.publication.config, self.note, cache))

    def _tell(self, problems: list[str]) -> None:
        """End the build with some problems; in the authors' mode, go on."""
        if problems and not self.lenient:
            raise PluginError("\n".join(problems))
        for problem in problems:
            log.warning(problem)


def _last_runs(jobs: list[Job]) -> dict[Job, Run]:
    """What is known of the last runs of jobs, however old."""
    known = {job: keys.stored(job) for job in jobs}
    return {job: {**run, "executed": False} for job, run in known.items() if run}
