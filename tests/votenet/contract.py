"""Canonical calls of the tensor functions of dlnotes.votenet."""

from tests.votenet import cases_of_hough

CASES = [*cases_of_hough.CASES]
EXEMPT: dict[str, str] = {**cases_of_hough.EXEMPT}
