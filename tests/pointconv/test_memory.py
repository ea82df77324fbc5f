"""Checks of dlnotes.pointconv.memory."""

import pytest

from dlnotes.pointconv.memory import efficient_bytes, naive_bytes, operand_bytes

SIZES = {"channels": 64, "outputs": 64}  # of the paper, with 32 * 512 points
GIB = 2**30


def test_the_paper_s_numbers_come_out():
    """Eq. (naive-memory), Eq. (efficient-memory): 8 GB, and 0.1255 GB."""
    naive = naive_bytes(32, 512, neighbors=32, **SIZES)
    efficient = efficient_bytes(32, 512, middle=32, **SIZES)
    assert naive / GIB == 8
    assert round(efficient / GIB, 4) == 0.1255
    last = efficient - 4 * 32 * 512 * 64 * 32
    assert last == 4 * 32 * 64 * 64


def test_the_ratio_of_the_paper_is_that_of_two_tensors():
    """Eq. (efficient-memory): M / (K O), 1/64, without the last layer.

    With the inputs that both forms hold it is 26.
    """
    naive = naive_bytes(32, 512, neighbors=32, **SIZES)
    efficient = efficient_bytes(32, 512, middle=32, **SIZES)
    assert (efficient - 4 * 32 * 64 * 64) * 64 == naive
    inputs = operand_bytes(32, 512, neighbors=32, channels=64, middle=32)
    assert inputs / GIB == 0.125 + 0.0625
    assert round((naive + inputs) / (efficient + inputs)) == 26


@pytest.mark.parametrize("count", [naive_bytes, efficient_bytes])
def test_half_precision_takes_half(count):
    given = {"middle": 32} if count is efficient_bytes else {"neighbors": 32}
    whole = count(2, 8, **given, **SIZES)
    assert count(2, 8, **given, **SIZES, itemsize=2) * 2 == whole


def test_a_size_of_nothing_is_refused():
    with pytest.raises(ValueError, match="every size must be at least 1, got 0"):
        naive_bytes(0, 8, neighbors=32, **SIZES)
