"""Canonical calls of the tensor functions of dlnotes.bert."""

from tests.bert import cases_of_text

CASES = [*cases_of_text.CASES]
EXEMPT = {**cases_of_text.EXEMPT}
