"""Numbers and rows of numbers for Hypothesis, and double precision in short."""

import torch
from hypothesis import strategies as st

numbers = st.floats(-1e4, 1e4)
rows = st.lists(numbers, min_size=1, max_size=12)
sharpnesses = st.floats(1e-2, 1e4)


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def rounding(*values):
    """A few units in the last place of the largest of some numbers."""
    return 8 * 2.0**-52 * max(1.0, *map(abs, values))
