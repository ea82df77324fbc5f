"""Canonical calls of the tensor functions of dlnotes.votenet."""

from tests.votenet import cases_of_network

CASES = [*cases_of_network.CASES]
EXEMPT: dict[str, str] = {**cases_of_network.EXEMPT}
