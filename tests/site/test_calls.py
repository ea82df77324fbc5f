"""All macros that cannot work are named at once, before the first page is made."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest

from sitebuild.claims import Claim
from sitebuild.jobs import Job
from sitebuild.ledger import Ledger
from sitebuild.pages import calls
from tests.site.miniature import FIELDS

PLUGIN = SimpleNamespace(
    variables={"page": None},
    env=jinja2.Environment(
        variable_start_string="<%",
        variable_end_string="%>",
        block_start_string="<%%",
        block_end_string="%%>",
        comment_start_string="<%#",
        comment_end_string="#%>",
    ),
)
GOOD = """---
requires: []
---
# Sea

It is <% measured("sea/it") %>, (<% measured('sea/it') %>), <% measured("sea/it") %> %.
Executed by <% test("test_sea.py::test_it") %>; <% build().found %> scripts.
<%% for name in claimed_notes() %%><% title(name) %> <%% endfor %%>
"""
QUOTED = "<% measured('sea/it') %>"


@pytest.fixture
def build(tmp_path: Path) -> SimpleNamespace:
    """What a build knows after its jobs, of one note."""
    texts = {
        "docs/notes/sea.md": GOOD,
        "docs/gallery/sea/plot_it.md": "<% 7*6 %> <% nothing %>",
        "docs/raw.md": "---\nrender_macros: false\n---\n<% nothing %>",
        "tests/sea/test_sea.py": "def test_it():\n    pass\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    job = Job("gallery", tmp_path / "examples/sea/plot_it.py", tmp_path)
    entry = {"name": "sea/it", "value": 2.25, "error": None, "unit": ""}
    ledger = Ledger.from_runs({job: {"values": [entry]}})
    index = SimpleNamespace(
        test_files={"sea": ["tests/sea/test_sea.py"]},
        test_names={"sea": Counter(["test_it"])},
    )
    means = {**FIELDS, "means": "More."}
    return SimpleNamespace(
        root=tmp_path,
        docs=tmp_path / "docs",
        note="",
        ledger=ledger,
        index=index,
        jobs=[job],
        others=[],
        claims=[Claim(note="sea", line=7, **means)],
    )


def faults(build: SimpleNamespace, line: str) -> list[str]:
    """What is wrong with a line that is put below the note."""
    (build.docs / "notes/sea.md").write_text(GOOD + line)
    return calls.faults(build, PLUGIN)


def test_good_macros_pass_and_other_pages_are_not_read(build):
    assert calls.faults(build, PLUGIN) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            '<% measured("sea/its") %>',
            "no script or lab recorded 'sea/its'; near it: sea/it",
        ),
        (
            "<% figure('plot_at', 2) %>",
            "there is no examples/sea/plot_at.py, but sea/plot_it",
        ),
        ("<% measurd('sea/it') %>", "there is no macro 'measurd'; near it: measured"),
        (
            "<% test('test_sea.py::test_at') %>",
            "there is no test 'test_sea.py::test_at'; near it: test_sea.py::test_it",
        ),
        ("<% measured('sea/it'", "no %> ends the macro that begins here"),
        ("<% measured('sea/it' %>", "cannot read the macro: unexpected '>'"),
        ("<% measured('sea/it') * 2 %>", calls.PLAIN),
        ("<% 2 * measured('sea/it') %>", calls.PLAIN),
        ("<% measured('sea/it') | round %>", calls.PLAIN),
        ("<% measured('sea/it')[:9] %>", calls.PLAIN),
        ("<% measured('sea/it') ~ 1 %>", calls.PLAIN),
        ("<%% set a = measured('sea/it') %%>", calls.PLAIN),
        (f"2{QUOTED}", calls.ALONE),
        (f"-{QUOTED}", calls.ALONE),
        (f"{QUOTED}e5", calls.ALONE),
        (f"{QUOTED}.5", calls.ALONE),
        (f"{QUOTED}^2", calls.ALONE),
        (f"{QUOTED}{QUOTED}", calls.ALONE),
        (f"<% 2 %>{QUOTED}", calls.ALONE),
    ],
)
def test_a_macro_that_cannot_work_is_named_with_its_line(build, line, why):
    assert faults(build, line) == [f"docs/notes/sea.md:9: {why}"]


def test_a_renamed_number_is_named_at_all_its_uses(build):
    build.ledger.values["sea/that"] = build.ledger.values.pop("sea/it")
    fields = {**FIELDS, "means": QUOTED}
    build.claims[0] = Claim(note="sea", line=7, lines={"means": 14}, **fields)
    why = "no script or lab recorded 'sea/it'; near it: sea/that"
    found = calls.faults(build, PLUGIN)
    assert found == [f"docs/notes/sea.md:6: {why}", f"docs/claims/sea.yml:14: {why}"]
