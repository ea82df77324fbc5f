"""What the steps of one build share."""

from pathlib import Path
from typing import Any

from filelock import BaseFileLock

from hooks.jobs import Job
from hooks.ledger import Ledger
from hooks.xref import Index

root = Path()
settings: dict[str, Any] = {}  # the gallery's options in mkdocs.yml
lenient = False  # the authors' mode, which shows stale outputs
jobs: list[Job] = []
runs: dict[Job, dict] = {}
stale: list[Job] = []
ledger = Ledger()
claims: list[dict[str, Any]] = []
index = Index()
summary: dict[str, Any] = {}
lock: BaseFileLock | None = None
