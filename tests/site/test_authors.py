"""Writing with the site open: prose at once, and numbers as soon as they are known."""

import os
import shutil
import signal
import socket
import time
import urllib.request

import psutil
from miniature import CREST, LAB, wait_until


def test_the_authors_mode_shows_prose_at_once_and_marks_what_is_stale(project):
    """Nothing is executed; a plain build afterwards runs what is stale."""
    project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = 3.0")
    project.change("docs/notes/waves.md", "twice as high", "two times as high")
    new = project.script("new", "raise RuntimeError('this must not run')")
    shutil.rmtree(project.root / ".cache/runs/lab")  # as if it had never run
    output = project.build(DLNOTES_GALLERY="stale")
    assert "Running" not in output
    assert "2.25" in project.page("notes/waves")
    assert "two times as high" in project.page("notes/waves")
    assert "The code has changed since" in project.page("gallery/waves/plot_crest")
    assert "The code has changed since" not in project.page("gallery/waves/plot_trough")
    assert "Not run yet" in project.page("gallery/waves/plot_new")
    assert project.run()["executed"] == 0

    (project.root / new).unlink()
    project.build()
    assert project.executed() == {CREST, LAB}
    assert "3.375" in project.page("notes/waves")
    assert "The code has changed since" not in project.page("gallery/waves/plot_crest")


def test_serve_shows_a_change_of_the_library(project, tmp_path):
    """One build at the start, one for each change, none without."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log"

    def builds() -> int:
        return log.read_text().count("Building documentation...")

    def shows(text: str) -> bool:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/notes/waves/"
            ) as page:
                return text in page.read().decode()
        except OSError:
            return False

    with log.open("w") as output:
        server = project.start("serve", "-a", f"127.0.0.1:{port}", output=output)
    try:
        wait_until(lambda: shows("2.25"), 90)
        time.sleep(3)  # several rounds of the watcher
        assert builds() == 1, log.read_text()
        project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = 3.0")
        wait_until(lambda: shows("3.375"), 90)
        time.sleep(3)
        assert builds() == 2, log.read_text()
        processes = psutil.Process(server.pid).children(recursive=True)
        os.killpg(server.pid, signal.SIGINT)
        assert server.wait(30) == 0
        wait_until(lambda: not any(process.is_running() for process in processes), 15)
    finally:
        server.kill()
        server.wait()
    assert "Traceback" not in log.read_text(), log.read_text()
