"""All Boolean functions of a few inputs, and which of them one unit can compute."""

from collections.abc import Callable, Sequence
from itertools import product

from dlnotes.bias.separability import Answer, Number, Row, solve_inequalities
from dlnotes.blocks.checks import check_count

Demands = Callable[[Sequence[Sequence[Number]], Sequence[int]], tuple[list[Row], Row]]

# By the outputs at (0, 0), (0, 1), (1, 0), (1, 1).
NAMES = {
    (0, 0, 0, 0): "never",
    (0, 0, 0, 1): "AND",
    (0, 0, 1, 0): "a, not b",
    (0, 0, 1, 1): "a",
    (0, 1, 0, 0): "b, not a",
    (0, 1, 0, 1): "b",
    (0, 1, 1, 0): "XOR",
    (0, 1, 1, 1): "OR",
    (1, 0, 0, 0): "NOR",
    (1, 0, 0, 1): "XNOR",
    (1, 0, 1, 0): "not b",
    (1, 0, 1, 1): "b implies a",
    (1, 1, 0, 0): "not a",
    (1, 1, 0, 1): "a implies b",
    (1, 1, 1, 0): "NAND",
    (1, 1, 1, 1): "always",
}


def corners(inputs: int) -> list[tuple[int, ...]]:
    """List the corners of a cube, the inputs of a Boolean function.

    Args:
        inputs: How many bits a function takes.

    Returns:
        All `2 ** inputs` points, counting up in binary.

    Examples:
        >>> corners(2)
        [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    check_count("inputs", inputs)
    return list(product((0, 1), repeat=inputs))


def truth_tables(inputs: int) -> list[tuple[int, ...]]:
    """List every Boolean function by its outputs at the corners.

    Args:
        inputs: How many bits a function takes. More than 4 are too many functions.

    Returns:
        All `2 ** 2 ** inputs` tables, each as long as `corners(inputs)`.
    """
    check_count("inputs", inputs, most=4)
    return list(product((0, 1), repeat=2**inputs))


def realize(table: Sequence[int], demands: Demands, *, constant: int) -> Answer:
    """Look for the weights of a unit that computes a Boolean function.

    Args:
        table: Outputs at the corners of a cube, `2 ** n` bits.
        demands: What the unit must satisfy: `threshold_demands` or `margin_demands`.
        constant: The last input, after the bits: 1 for a unit with a bias, 0 for one
            without.

    Returns:
        Weights, the last one for the constant input, or the certificate that there
        are none.

    Examples:
        >>> from dlnotes.bias.separability import threshold_demands
        >>> answer = realize([0, 1, 1, 0], threshold_demands, constant=1)  # XOR
        >>> [str(multiplier) for multiplier in answer.certificate]
        ['1/2', '1/2', '1/2', '1/2']
    """
    inputs = len(table).bit_length() - 1
    if inputs < 1 or len(table) != 2**inputs:
        raise ValueError(f"table must have 2, 4, 8, ... bits, got {len(table)}")
    if constant not in (0, 1):
        raise ValueError(f"constant must be 0 or 1, got {constant}")
    points = [(*corner, constant) for corner in corners(inputs)]
    return solve_inequalities(*demands(points, table))
