"""Canonical calls of the tensor functions of dlnotes.votenet."""

from tests.votenet import cases_of_rooms

CASES = [*cases_of_rooms.CASES]
EXEMPT = {"dlnotes.votenet.detector": "trains and tests the models of experiments"}
