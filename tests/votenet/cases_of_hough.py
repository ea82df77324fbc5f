"""Calls of the functions that let points vote for lines, circles and shapes."""

import torch

from dlnotes.votenet.circles import cells_of, circle_cells, circle_votes, offset_votes
from dlnotes.votenet.generalized import (
    Codebook,
    generalized_votes,
    learn_codebook,
    nearest_words,
)
from dlnotes.votenet.lines import (
    canonical_lines,
    hough_angles,
    line_distance,
    line_votes,
    round_half_away,
)
from dlnotes.votenet.peaks import find_peaks, peak_lines
from tests.contract import Case

WAVE = torch.arange(1, 400, dtype=torch.float64).square().sin()
PLACES = (9 * WAVE[:28]).reshape(2, 7, 2)
SAME = torch.ones_like(PLACES)
ANGLES = torch.linspace(-1.5, 1.4, 8, dtype=torch.float64)
REAL = torch.arange(7) < torch.tensor([[7], [4]])
TABLES = (3 * WAVE[30:150]).reshape(2, 10, 6)
OFFSETS = (4 * WAVE[160:180]).reshape(10, 2)
LOOKS, WORDS = WAVE[200:242].reshape(2, 7, 3), WAVE[250:262].reshape(4, 3)
OWNERS = torch.tensor([0, 1, 1, 3, 0, 3, 3, 1, 0, 0])
FOUND = find_peaks(TABLES, 2, window=(1, 1))
SIZE = (12, 15)
COUNTS = {"half": "single", "smooth": False}
SPACE = {"in space": (WAVE[:42].reshape(2, 7, 3), ANGLES)}
TABLE = {"batched": False, "half": "single", "smooth": False}


def meta(*shape, dtype=torch.float32):
    return torch.empty(*shape, dtype=dtype, device="meta")


BOOK = Codebook(WORDS, OFFSETS, OWNERS)
LARGE_BOOK = Codebook(meta(16, 3), meta(300, 2), meta(300, dtype=torch.int64))

CASES = [
    Case(
        hough_angles,
        (8,),
        {"like": PLACES},
        refused={"none": (0,)},
        **TABLE,
    ),
    Case(
        line_distance,
        (PLACES, ANGLES),
        batched=False,
        edges={"the origin": (0 * PLACES, ANGLES), "no point": (PLACES[:, :0], ANGLES)},
        refused=SPACE | {"a table": (PLACES, ANGLES[None])},
        large=(meta(4, 512, 2), meta(180)),
    ),
    Case(
        line_votes,
        (PLACES, ANGLES),
        {"reach": 13, "mask": REAL},
        edges={"equal": (SAME, ANGLES), "no angle": (PLACES, ANGLES[:0])},
        refused=SPACE | {"far": (9 * PLACES, ANGLES), "one": (PLACES[0], ANGLES)},
        **TABLE,
    ),
    Case(
        line_votes,
        (PLACES, ANGLES),
        {"reach": 13},
        edges={"no point": (PLACES[:, :0], ANGLES)},
        large=(meta(2, 4096, 2), meta(180)),
        **TABLE,
    ),
    Case(
        canonical_lines,
        (PLACES,),
        edges={"zeros": (0 * PLACES,)},
        refused={"three": (WAVE[:42].reshape(2, 7, 3),)},
    ),
    Case(
        round_half_away,
        (PLACES,),
        edges={"halves": (SAME / 2,)},
        **COUNTS,
    ),
    *(
        Case(
            find_peaks,
            (TABLES, 3),
            {"window": (1, 1), "twins": twins, "threshold": threshold},
            edges={"equal": (0 * TABLES, 3), "one column": (TABLES[..., :1], 3)},
            refused={"no row": (TABLES[:, :0], 3), "none": (TABLES, 0)},
            large=(meta(2, 101, 60), 3),
            **COUNTS,
        )
        for twins, threshold in ((False, None), (True, 0.5))
    ),
    Case(
        peak_lines,
        (FOUND, ANGLES),
        {"reach": 5},
        refused={"no angle": (FOUND, ANGLES[:0])},
        **TABLE,
    ),
    Case(
        circle_votes,
        (PLACES, (2, 3), SIZE),
        edges={"no point": (PLACES[:, :0], (2,), SIZE), "equal": (SAME, (2,), SIZE)},
        refused={"no radius": (PLACES, (), SIZE), "no row": (PLACES, (2,), (0, 3))},
        large=(meta(2, 4096, 2), (5, 20), (90, 80)),
        **COUNTS,
    ),
    Case(
        circle_cells,
        (3,),
        {"like": PLACES},
        refused={"none": (0,)},
        **TABLE,
    ),
    Case(
        offset_votes,
        (PLACES, OFFSETS, SIZE),
        edges={"no offset": (PLACES, OFFSETS[:0], SIZE)},
        refused={"one": (PLACES, OFFSETS[0], SIZE)},
        large=(meta(2, 4096, 2), meta(100, 2), (90, 80)),
        **TABLE,
    ),
    Case(
        cells_of,
        (PLACES, SIZE),
        edges={"no point": (PLACES[:, :0], SIZE)},
        refused={"no column": (PLACES, (3, 0)), "three": (PLACES, (3, 3, 3))},
        large=(meta(2, 4096, 2), SIZE),
        **COUNTS,
    ),
    Case(
        generalized_votes,
        (PLACES, LOOKS, BOOK, SIZE),
        edges={"equal": (SAME, 0 * LOOKS, BOOK, SIZE)},
        refused={
            "fewer": (PLACES, LOOKS[:, :5], BOOK, SIZE),
            "no such word": (PLACES, LOOKS, BOOK._replace(words=WORDS[:3]), SIZE),
        },
        large=(meta(2, 4096, 2), meta(2, 4096, 3), LARGE_BOOK, (90, 80)),
        **TABLE,
    ),
    Case(
        learn_codebook,
        (LOOKS[0], OFFSETS[:7], WORDS),
        {"steps": 3},
        edges={"equal": (0 * LOOKS[0], OFFSETS[:7], WORDS)},
        refused={"fewer": (LOOKS[0], OFFSETS, WORDS)},
        **TABLE,
    ),
    Case(
        nearest_words,
        (LOOKS, WORDS),
        edges={"ties": (LOOKS, 0 * WORDS)},
        refused={"no word": (LOOKS, WORDS[:0]), "one": (LOOKS, WORDS[0])},
        **TABLE,
    ),
]
EXEMPT = {
    "dlnotes.votenet.lines.check_places": "looks at arguments and computes nothing",
}
