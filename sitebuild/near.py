"""Names like one that is unknown, for messages."""

from collections.abc import Iterable
from difflib import get_close_matches


def near(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Write what an unknown name may have been meant to be, "" if nothing is like it.

    Args:
        name: What nobody knows.
        known: What there is.
        cutoff: How alike they must be, from 0 to 1.
    """
    found = get_close_matches(name, list(known), cutoff=cutoff)
    return f"; near it: {', '.join(found)}" if found else ""
