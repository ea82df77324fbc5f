"""Whatever is broken stops the build, by name.

A build reports all faults of one stage together, so each test plants several.
"""

from tests.site.miniature import CREST, LAB, TROUGH

GOOD_CLAIM = "  condition: value > 1\n"
BAD_CLAIM = "  condition: value > 9\n"
OTHER_CLAIM = """
- id: {name}
  claim: Waves are heard.
  source: exact
  reference: the sea
  kind: proved
  value: {value}
  condition: {condition}
  means: Something.
"""


def fails(project, *messages: str) -> None:
    """Build, and find every message."""
    output = project.build(fails=True)
    assert [message for message in messages if message not in output] == [], output


def fails_twice(project, *messages: str) -> None:
    """Build two times, and find every message both times: nothing was kept as good."""
    fails(project, *messages)
    fails(project, *messages)


def test_a_job_that_fails(project):
    """Scripts that raise, die, or show no good figure, and a lab that raises."""
    late = project.script("late", "")
    project.write(late, project.read(late) + "\nraise RuntimeError('low tide')\n")
    jobs = {
        project.script("raise", "raise RuntimeError('high tide')"): "high tide",
        project.script("exit", "import os\nos._exit(0)"): "its process ended",
        project.script(
            "kill", "import signal\nsignal.raise_signal(signal.SIGKILL)"
        ): "its process ended with code -9",
        project.script("quit", "raise SystemExit(0)"): "SystemExit",
        project.script("blank", "fig, ax = plt.subplots(label='Sea')\nplt.show()"): (
            "the figure 'Sea' is blank"
        ),
        project.script("mute", "plt.plot([1])\nplt.show()"): "has no alt text",
        late: "low tide",
        LAB: "no water",
    }
    project.write("examples/waves/plot_none.py", '"""\n# A\n\nB.\n"""\nprint(1)\n')
    project.change(LAB, "exact=True)", "exact=True)\nraise RuntimeError('no water')")
    lines = ("is blank", "no alt text")  # these name the line
    named = [
        f"{name}:" if why.endswith(lines) else f"{name} failed:"
        for name, why in jobs.items()
    ]
    fails_twice(project, *named, *jobs.values(), "plot_none.py shows no figure")


def test_a_file_that_would_be_skipped(project):
    """A name or a folder in which a script or a lab would not be run."""
    names = ["examples/waves/crest.py", "examples/plot_all.py", "docs/labs/deep/sea.py"]
    for name in names:
        project.write(name, "print(1)\n")
    fails(
        project,
        f"{names[0]}: a gallery script must be named examples/<note>/plot_<name>.py",
        f"{names[1]}: a gallery script must be named examples/<note>/plot_<name>.py",
        f"{names[2]}: a lab must be named docs/labs/<name>.py",
    )


def test_a_module_that_cannot_be_read(project):
    project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = = 2.0")
    fails(project, "dlnotes/water.py:3: invalid syntax")


def test_a_claim_that_does_not_hold(project):
    """One is false, one has no recorded value, one could not be false."""
    claims = project.read("docs/claims/waves.yml").replace(GOOD_CLAIM, BAD_CLAIM)
    claims += OTHER_CLAIM.format(name="lost", value="waves/lost", condition="value > 1")
    claims += OTHER_CLAIM.format(
        name="odd", value="waves/crest", condition="value < 1e9"
    )
    project.write("docs/claims/waves.yml", claims)
    line = project.read(CREST).partition("record(")[0].count("\n") + 1
    fails(
        project,
        f"docs/claims/waves.yml:7: claim high is broken: measured 2.25 in {CREST}:"
        f"{line}, but it must satisfy: value > 9",
        "claim lost: no script or lab recorded 'waves/lost'",
        "claim odd has a condition that cannot fail: 'value < 1000000000.0' is true",
    )


def test_a_page_that_names_what_is_not_there(project):
    """All such names at once, before the first page is made."""
    named = {
        '<% measured("waves/lost") %>': "no script or lab recorded 'waves/lost'",
        '<% test("test_waves.py::test_lost") %>': "there is no test 'test_waves.py::",
        '<% figure("plot_crust") %>': "md:26: there is no examples/waves/plot_crust.py",
        "::: dlnotes.waves.crests": "md:28: there is no dlnotes.waves.crests; near",
    }
    text = project.read("docs/notes/waves.md") + "\n\n".join(named)
    project.write("docs/notes/waves.md", text)
    fails(project, "notes/waves.md", *named.values())


def test_a_reference_to_what_is_not_there(project):
    text = project.read("docs/notes/waves.md") + "[Crests][dlnotes.waves.crests]"
    project.write("docs/notes/waves.md", text)
    fails_twice(project, "notes/waves.md", "'dlnotes.waves.crests'")


def test_a_page_with_faults(project):
    """Formulas, links and anchors in a note, a gallery page and a lab; spare values."""
    note = project.read("docs/notes/waves.md")
    note += r"""

[One](lost.md) [two](../index.md#lost) <a href="../../lost/">three</a>
"""
    line = note.count("\n")
    project.write("docs/notes/waves.md", note)
    project.change("docs/index.md", "# Home", "# Home\n\n$\\eqref{nowhere}$")
    claims = project.read("docs/claims.md")
    project.write("docs/claims.md", f"{claims}\n$\\undefinedthing$\n")
    project.change(CREST, "A line.", "A [line](../../notes/lost.md).")
    project.change(LAB, "# # Harbor", "# # Harbor\n# [Sea](../lost_sea/)")
    code = "low = float(open('low.txt').read())\n"
    trace = "print('Traceback (most', 'recent call last)')\n"
    project.change(TROUGH, code, f"{code}record('waves/spare', 1, exact=True)\n{trace}")
    spare = project.read(TROUGH).partition("record('")[0].count("\n") + 1
    fails_twice(
        project,
        r"docs/claims.md:5: Undefined control sequence \undefinedthing",
        "docs/index.md:3: no equation has the label named in the formula",
        f"docs/notes/waves.md:{line}: dead link lost.md",
        f"docs/notes/waves.md:{line}: dead anchor ../../#lost",
        f"docs/notes/waves.md:{line}: dead link ../../lost/",
        f"{CREST}:4: dead link ../../notes/lost.md",
        f"{LAB}:3: dead link ../lost_sea/",
        f"{TROUGH}:{spare}: no page uses the recorded 'waves/spare'",
        f"{TROUGH}: its page shows a traceback",
    )
