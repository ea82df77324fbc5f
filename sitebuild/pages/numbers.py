"""Measured numbers: as they are printed, and the line of output that they come from."""

import re
from collections.abc import Iterable

_MINUS = re.compile(r"(?<![\w.)\]])-(?=\d)")
_POWER = re.compile(r"(?<=\d)e([+-])0*(\d+)")
_LINE = re.compile(r'<span id="__span-[\d-]+">(?=(.*))')
_LAB_LINE = re.compile(r"(?m)^(<pre>|)(([a-z0-9_]+/[a-z0-9-]+) = [^<\n]*)")
_MARKUP = re.compile(r"<[^>]*>")


def typeset_number(text: str) -> str:
    """Write minus signs and powers of ten as print does, for HTML."""
    signs = {"+": "", "-": "−"}
    text = _MINUS.sub("−", text)
    return _POWER.sub(lambda m: f" · 10<sup>{signs[m[1]]}{m[2]}</sup>", text)


def anchor_values(content: str, names: Iterable[str]) -> str:
    """Name the lines of output that print the recorded values of a script or lab."""
    known = set(names)

    def name_line(match: re.Match[str]) -> str:
        name = _MARKUP.sub("", match[1]).partition(" = ")[0]
        return f'<span id="{name}">' if name in known else match[0]

    def name_lab_line(match: re.Match[str]) -> str:
        opening, line, name = match.groups()
        return (
            f'{opening}<span id="{name}">{line}</span>' if name in known else match[0]
        )

    return _LAB_LINE.sub(name_lab_line, _LINE.sub(name_line, content))
