"""The functions of dlnotes.toy need no canonical calls."""

from tests.contract import Case

CASES: list[Case] = []
EXEMPT = {
    "dlnotes.toy.images": "prepares the data of experiments and is no building block",
    "dlnotes.toy.languages": "draws the texts of experiments and is no building block",
    "dlnotes.toy.tasks": "draws the texts of experiments and is no building block",
    "dlnotes.toy.linear": "trains the models of experiments and is no building block",
    "dlnotes.toy.shapes": "draws the solids of experiments and is no building block",
    "dlnotes.toy.surfaces": "draws the solids of experiments and is no building block",
    "dlnotes.toy.rendering": "shows the solids of experiments and is no building block",
    "dlnotes.toy.furniture": "furnishes the rooms of experiments, no building block",
    "dlnotes.toy.rooms": "draws the rooms of experiments and is no building block",
    "dlnotes.toy.distortions": "spoils the clouds of experiments, no building block",
}
