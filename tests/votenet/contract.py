"""Canonical calls of the tensor functions of dlnotes.votenet."""

from tests.votenet import (
    cases_of_boxes,
    cases_of_hough,
    cases_of_network,
    cases_of_rooms,
)

PARTS = cases_of_hough, cases_of_rooms, cases_of_network, cases_of_boxes
CASES = [case for part in PARTS for case in part.CASES]
EXEMPT: dict[str, str] = {
    "dlnotes.votenet._inputs": "looks at arguments and computes nothing",
    **{name: why for part in PARTS for name, why in part.EXEMPT.items()},
}
