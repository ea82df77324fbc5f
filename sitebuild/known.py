"""Keeps from build to build what was found out about pages, until a page changes."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sitebuild import seal


class Known:
    """What is known of the texts of one site, in one sealed file.

    Args:
        path: The file.
        build: Hash of what finds it out; where it is another, nothing is known.
    """

    def __init__(self, path: Path, build: str) -> None:
        self.path = path
        self.build = build
        self.before: dict[str, Any] = json.loads(seal.read_sealed(path) or "{}")
        self.now: dict[str, Any] = {}

    def about(self, what: str, text: str, find: Callable[[], Any]) -> Any:
        """Give what was found in a text, found anew only where it is not known.

        Args:
            what: What is looked for, and in which page.
            text: All that the answer depends on beside these.
            find: Gives it, as JSON can store it.
        """
        digest = hashlib.sha256(f"{self.build}{what}\n{text}".encode()).hexdigest()
        found = self.before[digest] if digest in self.before else find()
        self.now[digest] = found
        return found

    def keep(self) -> None:
        """Store what this build has asked for, and nothing else."""
        seal.write_sealed(self.path, json.dumps(self.now))
