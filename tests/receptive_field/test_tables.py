"""Checks of dlnotes.receptive_field.tables: rows as data and as text."""

from fractions import Fraction

import pytest
from torch import nn

from dlnotes.receptive_field.fields import Field
from dlnotes.receptive_field.tables import COLUMNS, Row
from dlnotes.receptive_field.tracer import trace
from tests.receptive_field.modules import chain, conv

MODEL = nn.Sequential(
    nn.Conv2d(3, 8, (3, 5), 2, (1, 2)),
    nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)),
    nn.AdaptiveAvgPool2d(1),
)


def test_a_row_has_size_jump_start_and_center():
    """Eq. (field), Eq. (center): for each axis of its own."""
    row = Row(
        *("conv", "Conv2d", (3, 5), (1, 2), (1, 2), (1, 1), (8, 4)),
        *((Field(((-1, 1),), 1), Field(((-2, 2),), 2)), (None,) * 2),
        *((False,) * 2, (False,) * 2),
    )
    assert (row.size, row.start) == ((3, 5), (-1, -2))
    assert row.jump == (Fraction(1), Fraction(2))
    assert row.center == (0.5, 0.5)
    assert dict(zip(COLUMNS, row.cells(), strict=True)) == {
        **{"layer": "conv", "kind": "Conv2d", "kernel": "3 x 5", "stride": "1 x 2"},
        **{"padding": "1 x 2", "dilation": "1", "field": "3 x 5", "jump": "1 x 2"},
        **{"start": "-1 x -2", "center": "0.5", "output": "8 x 4", "note": ""},
    }


def test_a_trace_is_read_by_name():
    result = trace(MODEL, (1, 3, 16, 16))
    assert result["0"].size == (3, 5)
    assert result["1.1"].size == (5, 7)
    assert result["1.1"].jump == (4, 4)
    with pytest.raises(KeyError, match="no row of a layer 'head'"):
        result["head"]


def test_a_trace_stands_for_its_first_output():
    result = trace(MODEL[:2], (1, 3, 16, 16))
    assert (result.size, result.jump) == ((5, 7), (4, 4))
    assert (result.start, result.center) == ((-1, -2), (1.5, 1.5))


def test_the_table_has_a_line_for_each_row():
    result = trace(MODEL, (1, 3, 16, 16))
    lines = str(result).splitlines()
    assert lines[0].split() == list(COLUMNS[:-1])
    assert lines[1].split()[:5] == ["0", "Conv2d", "3", "x", "5"]
    assert "16 (all)" in lines[3]
    assert lines[-1].startswith("output")
    assert len(lines) == 1 + len(result.rows) + 1


def test_what_is_seen_besides_the_field_has_a_mark_and_the_mark_a_line():
    """Eq. (through): all of one axis, a part of the other."""
    model = chain(conv(), lambda x: x + x[:, :, 2:5].mean((2, 3), keepdim=True))
    result = trace(model, (1, 4, 12, 9))
    lines = str(result).splitlines()
    assert "3+ x 3*" in lines[-3]
    assert lines[-2:] == [
        "* and, less directly, the whole input",
        "+ and, less directly, a part of the input that stays in place",
    ]
    assert result.outputs[0].region((9, 4)) == ((1, 10), (0, 8))
    gate = chain(conv(), lambda x: x * x.mean((2, 3), keepdim=True))
    assert str(trace(gate, (1, 4, 12, 9))).endswith("the whole input")


def test_empty_columns_are_left_out():
    text = str(trace(nn.Conv2d(3, 3, 1), (1, 3, 4, 4)))
    assert "note" not in text.splitlines()[0]
    assert "kernel" in text.splitlines()[0], "only the first line has one"
    assert "*" not in text
