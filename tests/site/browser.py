"""A browser and a server for looking at the built site as a reader does."""

import functools
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
PAGES = sorted(
    path.relative_to(SITE).as_posix().removesuffix("index.html")
    for path in SITE.rglob("*.html")
)
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = (ROOT / "tests/site/looks.js").read_text("utf-8")
# Serious and critical findings, a line each. The dark scheme is asked for what depends
# on colors, the light one for everything.
ACCESSIBLE = """() => {
  const dark = document.body.dataset.mdColorScheme === 'slate';
  const colors = {runOnly: ['color-contrast', 'link-in-text-block']};
  const options = {preload: false, resultTypes: ['violations'], ...(dark && colors)};
  return axe.run(options).then((result) =>
    result.violations.filter((v) => /serious|critical/.test(v.impact)).map((v) =>
      `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target).join(' ; ')}`));
}"""
# The page's own scripts answer to a new size in the frames that follow.
SETTLE = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 20))))"""
SCHEMES = {"light": "default", "dark": "slate"}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]


def find_browser() -> str | None:
    """Look for Chromium or Chrome on this machine."""
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    names.append("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    return next(filter(None, map(shutil.which, names)), None)


class _Quiet(SimpleHTTPRequestHandler):
    instead: Mapping[str, bytes] = {}

    def do_GET(self) -> None:
        """Answer with a file, or with what stands in for it."""
        if (body := self.instead.get(self.path)) is None:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path, instead: Mapping[str, bytes] | None = None) -> Iterator[str]:
    """Serve a folder on a free port of this machine; gives its address.

    Some paths, such as `/a/b.txt`, may be answered with other bytes.
    """
    quiet = type("Quiet", (_Quiet,), {"instead": instead or {}})
    handler = functools.partial(quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
