"""Whatever one script does, another starts and ends the same."""

from tests.site.miniature import CREST, LAB, Project

# What a script finds when it starts; the lab finds the same, except for its style.
PROBE = """\
import os, random
import matplotlib as mpl
import numpy as np
import torch

print("seeds", random.random(), np.random.rand(), torch.rand(2).tolist())
print("torch", torch.get_default_dtype(), torch.get_num_threads())
print("memory", torch.is_grad_enabled(), hasattr(torch, "spoiled"))
print("environment", os.environ.get("SPOILED"), os.environ.get("OMP_NUM_THREADS"))
"""
STYLE = 'print("style", mpl.rcParams["font.size"], len(plt.get_fignums()))\n'
SPOIL = """\
import os, random, sys
import numpy as np
import torch

random.seed(7)
np.random.seed(7)
torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(3)
torch.set_grad_enabled(False)
torch.spoiled = torch.zeros(400 * 2**17)
torch.spoiled += 1  # 400 MiB
plt.rcParams["font.size"] = 30
os.environ["SPOILED"] = "yes"
os.environ["OMP_NUM_THREADS"] = "3"
"""


def outputs(project: Project) -> dict[str, bytes]:
    """Everything that the probe left for its page."""
    folder = project.root / "docs/gallery/waves"
    kinds = (".md", ".svg", ".webp")
    files = [p for p in folder.rglob("*plot_m_probe*") if p.suffix in kinds]
    assert len(files) == 8  # a page, a figure in four variants, and three thumbnails
    return {path.name: path.read_bytes() for path in files}


def test_a_script_gives_the_same_alone_and_among_others(project, tmp_path):
    """Before it, beside it and after it runs one that spoils whatever it can."""
    (project.root / "torch.py").unlink()  # the real one instead
    alone = project.copy(tmp_path / "alone")
    alone.script("m_probe", PROBE + STYLE)
    alone.write(LAB, f"{alone.read(LAB)}\n# %%\n{PROBE}")
    alone.build()
    assert alone.executed() == {"examples/waves/plot_m_probe.py", LAB}
    lab_starts_as_a_script_does(alone)
    project.script("m_probe", PROBE + STYLE)
    spoilers = {project.script(f"{name}_spoil", SPOIL) for name in "abz"}
    project.build(DLNOTES_WORKERS="2")
    assert project.executed() == {*spoilers, "examples/waves/plot_m_probe.py"}
    assert outputs(project) == outputs(alone)

    run = project.run()
    assert run["workers"] == 2
    peaks = {job["source"]: job["peak_mib"] for job in run["jobs"]}
    calm = {job["source"]: job["peak_mib"] for job in alone.run()["jobs"]}
    name = "examples/waves/plot_m_probe.py"
    assert peaks[name] < calm[name] + 50
    assert all(peaks[spoiler] > calm[CREST] + 350 for spoiler in spoilers)


def lab_starts_as_a_script_does(alone: Project) -> None:
    """Both printed the probe's lines."""
    script, lab = (
        alone.page("gallery/waves/plot_m_probe"),
        alone.page("labs/harbor"),
    )
    for word in ("seeds", "torch", "memory", "environment"):
        (line,) = {row for row in lab.splitlines() if row.startswith(f"{word} ")}
        assert line in script.splitlines()
