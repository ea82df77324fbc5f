"""What was found out once is found out again only where something has changed."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata

import pytest

from sitebuild.freshness import remembered
from sitebuild.known import Known


@pytest.fixture
def ask(tmp_path):
    """Ask about a text; give the answer, and how often it was looked for."""

    def ask(build: str, what: str, text: str) -> tuple[str, int]:
        known = Known(tmp_path / "known", build)
        looked = []
        answer = known.about(what, text, lambda: looked.append(1) or text.upper())
        known.keep()
        return answer, len(looked)

    return ask


def test_only_what_changed_is_looked_at_again(ask):
    assert ask("build", "links", "page") == ("PAGE", 1)
    assert ask("build", "links", "page") == ("PAGE", 0)
    assert ask("build", "links", "pages") == ("PAGES", 1)
    assert ask("build", "links", "page") == ("PAGE", 1)  # only the last is kept
    assert ask("build", "words", "page") == ("PAGE", 1)
    assert ask("other build", "words", "page") == ("PAGE", 1)


@pytest.mark.parametrize(("old", "new"), [("PAGE", "PACE"), ("{", "["), ("}", "")])
def test_damage_is_not_believed(ask, tmp_path, old, new):
    ask("build", "links", "page")
    kept = (tmp_path / "known").read_text()
    (tmp_path / "known").write_text(kept.replace(old, new))
    assert ask("build", "links", "page") == ("PAGE", 1)


@pytest.fixture
def counted(monkeypatch, tmp_path):
    """Look up who has which module; give the answers, and how often all were read."""
    (tmp_path / "one-1.0.dist-info").mkdir()
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    reads: list[str] = []

    def read() -> dict[str, list[str]]:
        reads.append("one")
        time.sleep(0.1)  # while others ask
        return {"one": [str(len(reads))]}

    monkeypatch.setattr(metadata, "packages_distributions", read)

    def look():
        remembered._distributions.cache_clear()
        return remembered.distributions(tmp_path / "project")["one"]

    (tmp_path / "project").mkdir()
    yield look
    remembered._distributions.cache_clear()


def test_packages_are_read_again_when_one_is_installed(counted, tmp_path):
    assert counted() == counted() == ["1"]
    (tmp_path / "two-1.0.dist-info").mkdir()
    assert counted() == counted() == ["2"]
    file = tmp_path / "project/.cache/distributions"
    assert json.loads(file.read_text().partition("\n")[2])[1] == {"one": ["2"]}
    file.write_text(file.read_text().replace('"2"', '"7"'))
    assert counted() == ["3"]


def test_packages_are_read_once_for_jobs_that_ask_at_the_same_time(counted, tmp_path):
    counted()
    (tmp_path / "two-1.0.dist-info").mkdir()
    remembered._distributions.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(remembered.distributions, [tmp_path / "project"] * 8))
    assert found == [{"one": ["2"]}] * 8
