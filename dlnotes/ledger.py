"""The ledger: measured values that the site shows.

A gallery script or a lab records what it measured. The value is printed; while the
site is being built it is also written down for the pages that quote it. A recorded
value that no page uses, and a claim without its recorded value, stop the build.
"""

import json
import math
import operator
import os
import re
from typing import SupportsFloat

_NAME = re.compile(r"[a-z0-9_]+/[a-z0-9]+(-[a-z0-9]+)*")


def record(
    name: str,
    value: SupportsFloat,
    *,
    error: SupportsFloat | None = None,
    exact: bool = False,
    unit: str = "",
) -> None:
    """Print a measured value and, during a build, write it into the ledger.

    Every value says how well it is known: by a standard error, or as exact.

    Args:
        name: `note/what-was-measured`, lower case, unique in the whole site.
        value: The finite number; a one-element tensor will do.
        error: Its standard error, positive, where chance had a part in it.
        exact: Whether it comes out the same to rounding for every seed.
        unit: What the number counts, "" for a pure number.

    Raises:
        ValueError: If the name has another form, a number is not finite, or not
            exactly one of `error` and `exact` is given.

    Examples:
        >>> record("note/mean-of-draws", 0.23641, error=0.00123)
        note/mean-of-draws = 0.2364 ± 0.0012
        >>> record("note/corners-of-a-cube", 2**3, exact=True)
        note/corners-of-a-cube = 8
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"name must look like 'note/measured-thing', got {name!r}")
    number = _number(value)
    if not math.isfinite(number):
        raise ValueError(f"value of {name} must be finite, got {number}")
    if exact is (error is not None):
        raise ValueError(
            f"{name} must be given with its standard error or with exact=True, "
            f"got error={error} and exact={exact}"
        )
    spread = None if error is None else float(error)
    if spread is not None and not 0 < spread < math.inf:
        raise ValueError(
            f"error of {name} must be finite and positive, got {spread}: "
            "a value without any is exact"
        )

    print(f"{name} = {format_value(number, spread, unit)}")
    if path := os.environ.get("DLNOTES_LEDGER"):
        entry = {"name": name, "value": number, "error": spread, "unit": unit}
        with open(path, "a", encoding="utf-8") as ledger:
            ledger.write(json.dumps(entry) + "\n")


def format_value(value: float, error: float | None = None, unit: str = "") -> str:
    """Write a value as the pages do, with as many digits as its error allows.

    Args:
        value: The number.
        error: Its standard error; two of its digits are kept, and all before the point.
            `None` if exact.
        unit: Appended after a space.

    Returns:
        For example `"0.2364 ± 0.0012"`, `"12.5 ms"` or `"1797"`. An exact number that
        is not whole keeps four digits, or more where four would make it look whole.
    """
    if error is not None:
        rounded = float(f"{error:.1e}")
        decimals = max(0, 1 - math.floor(math.log10(rounded)))
        text = f"{value:.{decimals}f} ± {error:.{decimals}f}"
    elif isinstance(value, int):
        text = str(value)
    else:
        short = (f"{value:.{digits}g}" for digits in range(4, 18))
        text = next((t for t in short if not float(t).is_integer()), f"{value:.4g}")
    return f"{text} {unit}".rstrip()


def _number(value: SupportsFloat) -> int | float:
    """The value as Python's own number, whole where it is whole."""
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = float(value)
    whole = number.is_integer() and abs(number) < 2**53
    return int(number) if whole else number
