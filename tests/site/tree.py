"""A library of a few files, for tests of what a script reaches in it."""

from pathlib import Path

from sitebuild.freshness.reach import fingerprint


class Tree:
    """A library of a few files, and the fingerprint of the one script beside it."""

    SCRIPT = "examples/note/plot_it.py"

    def __init__(self, root: Path, script: str, **modules: str) -> None:
        self.root = root
        self.write(self.SCRIPT, script)
        self.write("dlnotes/__init__.py", "")
        for name, text in modules.items():
            self.write(f"dlnotes/{name}.py", text)

    @property
    def script(self) -> Path:
        """The script."""
        return self.root / self.SCRIPT

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def notices(self, name: str, old: str, new: str) -> bool:
        """Tell whether a change in a module changes the fingerprint."""
        path = self.root / f"dlnotes/{name}.py"
        before, text = fingerprint(self.script, self.root)[0], path.read_text("utf-8")
        assert text.count(old) == 1, (name, old)
        path.write_text(text.replace(old, new), "utf-8")
        after = fingerprint(self.script, self.root)[0]
        path.write_text(text, "utf-8")
        return after != before
