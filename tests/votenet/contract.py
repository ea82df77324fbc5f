"""Canonical calls of the tensor functions of dlnotes.votenet."""

CASES = []
EXEMPT: dict[str, str] = {}
