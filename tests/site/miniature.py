"""A copy of the site small enough to be built in seconds, for tests of the build."""

import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
NAV = """\
nav:
  - Home: index.md
  - Notes:
      - notes/waves.md
  - Gallery: gallery
  - Labs:
      - labs/harbor.py
  - Claims: claims.md
  - API: api/index.md
"""
FIELDS = {  # of a claim
    "id": "high",
    "claim": "Crests are high.",
    "source": "exact",
    "reference": "the sea",
    "kind": "reproduced",
    "value": "waves/height",
    "condition": "value > 1",
    "means": "More than one.",
}
SCRIPT = '''\
"""
# {title}

A line.
"""

import matplotlib.pyplot as plt

from dlnotes.ledger import record

{code}

# %%
# Look at $1$, the right end.

fig, ax = plt.subplots()
fig.set_label("A line from 0 to 1.")
ax.plot([0, 1])
plt.show()
'''
FILES = {
    "docs/index.md": "# Home\n\nSee the [waves](notes/waves.md).\n",
    "docs/notes/waves.md": r"""
# Waves

A crest is twice as high as its force: <% measured("waves/crest") %>.

$$
h = 2 f
\tag{crest}\label{crest}
$$

::: dlnotes.waves.crest

??? note "Proof"

    Executed by <% test("test_waves.py::test_crest") %>.

By $\eqref{crest}$ a trough is <% measured("waves/trough") %> deep, a harbor
<% measured("harbor/depth") %>.

<% figure("plot_crest") %>

In <% figure_link("plot_crest") %> a crest, and a [harbor](../labs/harbor.py).
""",
    "docs/claims.md": "# Claims\n\n<% claims_table('waves') %>\n",
    "docs/claims/waves.yml": """
- id: high
  claim: Crests are high.
  source: exact
  reference: the sea
  kind: proved
  value: waves/crest
  condition: value > 1
  means: More than one, <% measured("waves/crest") %>.
- id: low
  claim: Troughs are low.
  source: told | sung
  reference: the sea
  kind: agrees
  value: waves/trough
  condition: abs(value - 5) < 2.5 * error
  detects: 4.5 * error
  means: About five.
- id: old
  claim: Waves are old.
  source: age
  reference: the sea
  kind: cited
""",
    "docs/labs/harbor.py": """\
# %% [markdown]
# # Harbor

# %%
from dlnotes.ledger import record
from dlnotes.shore import depth

record("harbor/depth", depth(3), exact=True)
""",
    "dlnotes/__init__.py": '"""Waves."""\n',
    "dlnotes/water.py": '''"""What waves are made of."""

DENSITY = 2.0


def lift(force: float) -> float:
    """Raise the water."""
    return DENSITY * force  # per meter


def freeze() -> str:
    """Nobody calls this."""
    return "ice"
''',
    "dlnotes/waves.py": '''"""Waves."""

from dlnotes.water import lift


def crest(force: float) -> float:
    """Find the height, Eq. (crest)."""
    return lift(force)
''',
    "dlnotes/shore.py": '''"""Where waves end."""


def depth(feet: float) -> float:
    """Measure in meters."""
    return feet * 0.25
''',
    "examples/README.md": "# Gallery\n\nAll figures.\n",
    "examples/waves/README.md": "## Waves\n\nHigh and low.\n",
    "examples/waves/low.txt": "4.5\n",
    "examples/waves/plot_crest.py": SCRIPT.format(
        title="A crest is high",
        code="from dlnotes.waves import crest\n\n"
        "record('waves/crest', crest(1.125), exact=True)",
    ),
    "examples/waves/plot_trough.py": SCRIPT.format(
        title="A trough is low",
        code="low = float(open('low.txt').read())\n"
        "record('waves/trough', low, error=0.5)",
    ),
    "tests/test_waves.py": '''"""Tests of waves."""


def test_crest() -> None:
    """A crest doubles, Eq. (crest)."""
''',
}
ENVIRONMENT = {
    "NBCONVERT_DISABLE_CONFIG_EXPORTERS": "1",
    "NO_MKDOCS_2_WARNING": "1",
    "PYTHONDONTWRITEBYTECODE": "",
}
CREST = "examples/waves/plot_crest.py"
TROUGH = "examples/waves/plot_trough.py"
LAB = "docs/labs/harbor.py"
ALL = {CREST, TROUGH, LAB}


@dataclass(frozen=True)
class Project:
    """A small project, as the author of a site sees it."""

    root: Path

    @classmethod
    def create(cls, root: Path) -> "Project":
        """Write the sources: the real settings, build and look, and little content."""
        for name, text in FILES.items():
            cls(root).write(name, text)
        for name in ("sitebuild", "docs/overrides", "docs/assets", "docs/api"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
        shutil.copy(ROOT / "dlnotes/ledger.py", root / "dlnotes/ledger.py")
        shutil.copy(ROOT / "tests/site/no_torch.py", root / "torch.py")
        (root / "node_modules").symlink_to(ROOT / "node_modules")
        settings = (ROOT / "mkdocs.yml").read_text("utf-8")
        settings, found = re.subn(r"(?m)^nav:\n(?:[ ]+.*\n)+", NAV, settings)
        assert found == 1
        cls(root).write("mkdocs.yml", settings)
        return cls(root)

    def copy(self, root: Path) -> "Project":
        """Copy it with its stored outputs."""
        shutil.copytree(self.root, root, symlinks=True)
        return Project(root)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), "utf-8")

    def read(self, name: str) -> str:
        """Read a file of the project."""
        return (self.root / name).read_text("utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        """Replace the one place where a file says `old`."""
        text = self.read(name)
        assert text.count(old) == 1, (name, old)
        self.write(name, text.replace(old, new))

    def script(self, name: str, code: str) -> str:
        """Write a gallery script that also shows a figure; give its name."""
        path = f"examples/waves/plot_{name}.py"
        self.write(path, SCRIPT.format(title=f"The script {name}", code=code))
        return path

    def start(
        self, *arguments: str, output: int | IO[str] = subprocess.PIPE, **variables: str
    ) -> subprocess.Popen[str]:
        """Start `mkdocs` in the project, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "mkdocs", *(arguments or ("build",))],
            cwd=self.root,
            env={**os.environ, **ENVIRONMENT, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_heed_interrupts,
        )

    def build(self, *, fails: bool = False, **variables: str) -> str:
        """Build the site, insist on the outcome, and give what was printed."""
        process = self.start(**variables)
        output, _ = process.communicate(timeout=180)
        assert (process.returncode != 0) == fails, output
        return output

    def run(self, site: str = "site") -> dict:
        """Read the proof of execution of the last build."""
        return json.loads(self.read(f"{site}/run.json"))

    def executed(self) -> set[str]:
        """Sources that the last build executed; all others were fresh."""
        run = self.run()
        names = {job["source"] for job in run["jobs"] if job["executed"]}
        assert run["executed"] == len(names)
        assert run["found"] == run["executed"] + run["fresh"] == len(run["jobs"])
        return names

    def page(self, name: str) -> str:
        """Read the words of a built page, such as `notes/waves`."""
        return html.unescape(
            re.sub("<[^>]*>", "", self.read(f"site/{name}/index.html"))
        )


def wait_until(condition, seconds: float = 30) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def _heed_interrupts() -> None:
    """Undo what a shell does to jobs in the background: they ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
