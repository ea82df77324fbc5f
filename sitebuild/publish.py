"""Puts a site in place as a whole, after every check, or not at all.

A build writes beside the place of the site. If it fails, or is killed, the last
complete site stays there, with the proof of its own execution.
"""

import logging
import shutil
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.utils import CountHandler


class Publication:
    """The site of one build, from its first page to its place.

    Attributes:
        place: Where the site shall lie.
        draft: Where it is built.
    """

    def __init__(self, config: MkDocsConfig) -> None:
        self.config = config
        self.place = Path(config.site_dir).resolve()
        self.draft = self._beside("draft")
        self.last = self._beside("last")
        self.begun = False
        config.site_dir = str(self.draft)

    def begin(self) -> None:
        """Empty the draft; only one build at a time may be here."""
        self.begun = True
        if self.last.exists():  # a build was killed
            self._settle()
        shutil.rmtree(self.last, ignore_errors=True)
        shutil.rmtree(self.draft, ignore_errors=True)
        self.draft.mkdir(parents=True)

    def complete(self) -> None:
        """Put the draft in place; hidden files, which no build writes, stay.

        Raises:
            PluginError: If the place cannot be changed.
        """
        try:
            if self.place.exists():
                self.place.rename(self.last)
            self.draft.rename(self.place)
            self._settle()
        except OSError as error:
            self._settle()
            raise PluginError(f"cannot put the site in place: {error}") from error
        self.end()

    def end(self) -> None:
        """Leave nothing but the site; without `complete`, that is the last one."""
        if self.begun:
            shutil.rmtree(self.draft, ignore_errors=True)
            shutil.rmtree(self.last, ignore_errors=True)
        self.begun = False
        self.config.site_dir = str(self.place)

    def _settle(self) -> None:
        """Take the last site back, or what the new one has to keep of it."""
        if not self.place.exists() and self.last.exists():
            self.last.rename(self.place)
        for hidden in self.last.glob(".*"):
            hidden.rename(self.place / hidden.name)

    def _beside(self, what: str) -> Path:
        return self.place.with_name(f".{self.place.name}.{what}")


def warnings_that_count() -> bool:
    """Tell whether mkdocs has seen warnings, for which `strict` will end the build."""
    handlers = logging.getLogger("mkdocs").handlers
    return any(h.get_counts() for h in handlers if isinstance(h, CountHandler))
