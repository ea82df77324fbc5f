"""Writing with the site open: prose at once, and numbers as soon as they are known."""

import os
import re
import shutil
import signal
import socket
import time
import urllib.request

import psutil
from filelock import FileLock

from tests.site.miniature import CREST, LAB, wait_until


def test_the_authors_mode_shows_prose_at_once_and_marks_what_is_stale(project):
    """Nothing is executed; a plain build afterwards runs what is stale.

    Every number of an old run is marked, and every false claim is told.
    """
    project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = 3.0")
    project.change("docs/notes/waves.md", "twice as high", "two times as high")
    project.change(
        "docs/claims/waves.yml", "condition: value > 1", "condition: value > 3"
    )
    project.change(CREST, "A line.", "A straight line.")
    new = project.script("new", "raise RuntimeError('this must not run')")
    shutil.rmtree(project.root / ".cache/runs/lab")  # as if it had never run
    output = project.build(DLNOTES_GALLERY="stale")
    assert "Running" not in output
    warnings = [line for line in output.splitlines() if line.startswith("WARNING")]
    assert len(warnings) == 1, output
    assert "waves.yml:7: claim high is broken: measured 2.25" in warnings[0]
    note = project.read("site/notes/waves/index.html")
    assert 'title="waves/crest, from before a change">2.25</a>' in note
    assert (
        'class="measured" href="../../gallery/waves/plot_trough/#waves/trough"' in note
    )
    assert note.count('class="measured stale"') == 2  # the crest, and the lab's depth
    assert "not measured yet" in note
    assert "two times as high" in note
    stale = project.page("gallery/waves/plot_crest")
    assert "The code has changed since" in stale
    assert "A straight line." in stale
    assert "The code has changed since" not in project.page("gallery/waves/plot_trough")
    assert "Not run yet" in project.page("gallery/waves/plot_new")
    assert "Not run yet" in project.page("labs/harbor")
    run = project.run()
    assert (run["found"], run["executed"], run["fresh"], run["stale"]) == (4, 0, 1, 3)
    assert [job["stale"] for job in run["jobs"]] == [True, False]

    (project.root / new).unlink()
    project.change(
        "docs/claims/waves.yml", "condition: value > 3", "condition: value > 1"
    )
    project.build()
    assert project.executed() == {CREST, LAB}
    assert "3.375" in project.page("notes/waves")
    assert "The code has changed since" not in project.page("gallery/waves/plot_crest")
    assert project.run()["stale"] == 0


def test_serve_shows_changes_and_an_edited_page_at_once(project, tmp_path):
    """One build at the start, one for each change, none without.

    An edited page is there while another build holds back that of the site, and is the
    same in the site.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log"

    def builds() -> int:
        return log.read_text().count("Building documentation...")

    def page() -> str:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/notes/waves/"
            ) as found:
                text = found.read().decode()
        except OSError:
            return ""
        return re.sub(r"livereload\([^)]*\)|Built \S+", "", text)

    with log.open("w") as output:
        server = project.start("serve", "-a", f"127.0.0.1:{port}", output=output)
    try:
        wait_until(lambda: "2.25" in page(), 90)
        time.sleep(2)  # several rounds of the watcher
        assert builds() == 1, log.read_text()
        with FileLock(project.root / ".cache" / "build.lock"):
            project.change("docs/notes/waves.md", "twice as high", r"two times $\xi$")
            wait_until(lambda: "two times" in page())
            shown = page()
            assert "ξ" in shown
            assert log.read_text().count("Documentation built") == 1
        wait_until(lambda: log.read_text().count("Documentation built") == 2, 90)
        assert page() == shown
        project.change("docs/notes/waves.md", "two times", "<% nothing %> times")
        wait_until(lambda: "waves.md:3: there is no macro" in log.read_text(), 90)
        project.change("docs/notes/waves.md", "<% nothing %> times", "two times")
        project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = 3.0")
        wait_until(lambda: "3.375" in page(), 90)
        processes = psutil.Process(server.pid).children(recursive=True)
        os.killpg(server.pid, signal.SIGINT)
        assert server.wait(30) == 0
        wait_until(lambda: not any(process.is_running() for process in processes), 15)
    finally:
        server.kill()
        server.wait()
    assert "Traceback" not in log.read_text(), log.read_text()
