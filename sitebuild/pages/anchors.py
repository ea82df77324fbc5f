"""Visible anchors beside the equations and proofs of a note."""

import re
from collections import Counter

from sitebuild.citations import TAG

_SPOT = re.compile(
    r'(?P<equation><div class="arithmatex">.*?</div>)'
    r"|(?P<fold><details[^>]*>\s*<summary>Proof\b[^<]*</summary>)",
    re.DOTALL,
)


def add_anchors(content: str) -> str:
    """Put a link to itself beside every tagged equation and every folded proof.

    The target of a proof lies inside of its fold, so that browsers open it. It is
    named after the equation above it.
    """
    last = "first"
    seen: Counter[str] = Counter()

    def mark(match: re.Match[str]) -> str:
        nonlocal last
        if match["fold"]:
            seen[last] += 1
            number = seen[last]
            name = f"proof-{last}" + (f"-{number}" if number > 1 else "")
            target = f'<span class="fold-target" id="{name}"></span>'
            return _beside(name, "proof") + match[0] + target
        tags = TAG.findall(match[0])
        if not tags:
            return match[0]
        last = tags[-1]
        name = f"mjx-eqn:{tags[0]}"  # typesetting leaves it here
        return _beside(name, "equation").replace(">", f' id="{name}">', 1) + match[0]

    return _SPOT.sub(mark, content)


def _beside(name: str, what: str) -> str:
    link = f'href="#{name}" title="Link to this {what}">¶</a>'
    return f'<div class="beside"><a class="headerlink" {link}</div>'
