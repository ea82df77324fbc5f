"""With DLNOTES_NOTE the site is that of one note, and its checks concern only that."""

import pytest

from sitebuild.selection import leads_out, shows
from tests.site.miniature import CREST, LAB, SCRIPT, TROUGH, Project

SEA = """# Sea

A crest is <% measured("waves/crest") %> high, the sea <% measured("sea/depth") %> deep
and <% measured("waves/none") %>.

See [waves](waves.md), [crest](../gallery/waves/plot_crest.md),
[harbor](../labs/harbor.py) and [lift][dlnotes.water.lift].
"""


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("index.md", True),
        ("claims.md", True),
        ("assets/site.css", True),
        ("notes/sea.md", True),
        ("notes/seas.md", False),
        ("notes/waves.md", False),
        ("labs/sea.py", True),
        ("labs/waves.py", False),
        ("gallery", True),
        ("gallery/index.md", True),
        ("gallery/sea/plot_it.md", True),
        ("gallery/seas/plot_it.md", False),
        ("gallery/waves/plot_it.md", False),
        ("gallery/waves/images/one.svg", True),
        ("api/index.md", True),
        ("api/sea.md", True),
        ("api/tests/sea.md", True),
        ("api/waves.md", False),
        ("api/tests/waves.md", False),
    ],
)
def test_what_belongs_to_a_note(uri, shown):
    assert shows(uri, "sea") == shown


@pytest.mark.parametrize(
    ("problem", "out"),
    [
        ("notes/sea/index.html: dead link waves.md", True),
        ("notes/sea/index.html: dead link ../waves/#crest", True),
        ("notes/sea/index.html: dead link ../../gallery/waves/plot_it/", True),
        ("notes/sea/index.html: dead link ../gallery/waves/plot_it.md", True),
        ("notes/sea/index.html: dead link ../../labs/harbor/", True),
        ("notes/sea/index.html: dead link ../../api/tests/waves/#__span-0-4", True),
        ("index.html: dead link notes/waves/", True),
        ("gallery/index.html: dead link waves/plot_it/", True),
        ("gallery/index.html: dead link ../notes/waves.md", True),
        ("index.html: dead link gallery/waves/images/one.svg", True),
        ("index.html: dead link gallery/sea/images/one.svg", False),
        ("index.html: dead link gallery/lost/images/one.svg", False),
        ("notes/sea/index.html: dead link lost.md", False),
        ("notes/sea/index.html: dead link ../../notes/lost/", False),
        ("notes/sea/index.html: dead link ../../gallery/waves/plot_lost/", False),
        ("notes/sea/index.html: dead link ../../gallery/sea/plot_it/", False),
        ("notes/sea/index.html: dead link lost.svg", False),
        ("notes/sea/index.html: dead link ../../api/sea/", False),
        ("notes/sea/index.html: dead anchor #lost", False),
        ("notes/sea/index.html loads https://a.b/c from another host", False),
    ],
)
def test_a_link_may_lead_out_of_the_note_not_into_nothing(tmp_path, problem, out):
    for name in ("notes/sea.md", "notes/waves.md", "labs/harbor.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "gallery/waves").mkdir(parents=True)
    (tmp_path / "gallery/waves/plot_it.md").write_text("")
    assert leads_out(problem, "sea", tmp_path) == out


def test_the_site_of_one_note(project: Project):
    """Its scripts run and its faults count; those of other notes do not."""
    project.write("docs/notes/sea.md", SEA)
    project.write("examples/sea/README.md", "## Sea\n\nDeep.\n")
    code = "record('sea/depth', 3, exact=True)"
    script = "examples/sea/plot_sea.py"
    project.write(script, SCRIPT.format(title="The sea is deep", code=code))
    project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = 3.0")
    project.write("docs/claims/waves.yml", "nonsense")
    project.write("docs/notes/waves.md", project.read("docs/notes/waves.md") + "$\\x$")
    project.build(DLNOTES_NOTE="sea")
    assert project.executed() == {script}
    page = project.page("notes/sea")
    assert "2.25 high, the sea 3 deep" in page
    assert "not measured yet" in page
    assert (project.root / "site/gallery/sea/plot_sea/index.html").exists()
    for name in ("notes/waves", "gallery/waves/plot_crest", "labs/harbor", "api/waves"):
        assert not (project.root / "site" / name / "index.html").exists()

    project.write("docs/notes/sea.md", f"{SEA}\n$\\undefinedthing$\n")
    assert "Undefined control sequence" in project.build(fails=True, DLNOTES_NOTE="sea")
    project.write("docs/notes/sea.md", SEA.replace("sea/depth", "sea/none"))
    output = project.build(fails=True, DLNOTES_NOTE="sea")
    assert "no script or lab recorded 'sea/none'" in output
    output = project.build(fails=True, DLNOTES_NOTE="lake")
    assert "there is no note 'lake', but: sea, waves" in output
    assert {CREST, TROUGH, LAB}.isdisjoint({j["source"] for j in project.run()["jobs"]})
