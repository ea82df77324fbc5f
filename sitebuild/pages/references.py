"""Links each reference of a note back to the places that cite it."""

import re
from collections import Counter

_CITE = re.compile(r'<a href="#(ref-[a-z0-9-]+)"')
_ENTRY = re.compile(r'(<a id="(ref-[a-z0-9-]+)"></a>.*?)((?:</p>\s*)?</li>)', re.DOTALL)


def link_back(content: str) -> str:
    """Name each citation of a page, and end each reference with links to its own.

    Args:
        content: HTML of a page.
    """
    cited: Counter[str] = Counter()

    def name(match: re.Match[str]) -> str:
        cited[match[1]] += 1
        return f'<a id="cites-{match[1]}-{cited[match[1]]}" href="#{match[1]}"'

    def end(match: re.Match[str]) -> str:
        back = (
            f' <a class="cited" href="#cites-{match[2]}-{n}" '
            f'aria-label="{match[2]}, cited here, {n}">↩{n}</a>'
            for n in range(1, cited[match[2]] + 1)
        )
        return match[1] + "".join(back) + match[3]

    return _ENTRY.sub(end, _CITE.sub(name, content))
