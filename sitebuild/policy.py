"""Lets a page load and execute nothing but this site's own: browsers enforce it.

The policy names the few scripts of the theme that are in its pages by their hashes. No
script may come with the text of a page; so none of it can be among them.
"""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from mkdocs.exceptions import PluginError

# Formulas and code have styles of their own. The theme's symbols and the figures of
# labs are `data:` addresses.
RULES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
}
_POLICY = '<meta http-equiv="Content-Security-Policy" content="{}">'
_WRITTEN = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_HEAD = re.compile(r"<head\b[^>]*>")
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(
    r"<(?:script|html|head|body|base|frameset|plaintext)\b.{0,40}", re.DOTALL | re.I
)
_DATA = 'type="application/json"'


def protect(site: Path) -> None:
    """Write the policy into every page of a finished site."""
    for path in site.rglob("*.html"):
        path.write_text(with_policy(path.read_text("utf-8")), "utf-8")


@lru_cache(maxsize=1024)  # while `mkdocs serve` runs
def with_policy(page: str) -> str:
    """A page with the policy that allows its own inline scripts and no others."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
        for attributes, code in _SCRIPT.findall(page)
        if code.strip() and _DATA not in attributes
    ]
    scripts = " ".join([RULES["script-src"], *dict.fromkeys(hashes)])
    rules = {**RULES, "script-src": scripts}
    text = "; ".join(f"{name} {value}" for name, value in rules.items())
    return _HEAD.sub(lambda head: head[0] + _POLICY.format(text), page, count=1)


def without_policy(page: bytes) -> bytes:
    """The same page for `mkdocs serve`, which adds a script that reloads it."""
    return _WRITTEN.sub("", page.decode("utf-8")).encode("utf-8")


@lru_cache(maxsize=1024)  # while `mkdocs serve` runs
def refuse_code(content: str, source: str) -> None:
    """Refuse what is code or a page of its own in the text of a page.

    Raises:
        PluginError: If there is some, in whatever disguise: where a text has no such
            letters, no browser can find any.
    """
    if found := _CODE.search(content):
        raise PluginError(f"{source}: the text of a page has {found[0]!r}")
