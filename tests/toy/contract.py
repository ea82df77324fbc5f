"""The functions of dlnotes.toy need no canonical calls."""

from tests.contract import Case

CASES: list[Case] = []
EXEMPT = {
    "dlnotes.toy.images": "prepares the data of experiments and is no building block",
    "dlnotes.toy.languages": "draws the texts of experiments and is no building block",
    "dlnotes.toy.tasks": "draws the texts of experiments and is no building block",
    "dlnotes.toy.linear": "trains the models of experiments and is no building block",
}
