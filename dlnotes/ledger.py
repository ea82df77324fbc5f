"""The ledger: measured values that the site shows.

A gallery script or a lab records what it measured. The value is printed; while the
site is being built it is also written down for the pages that quote it. A recorded
value that no page uses, and a claim without its recorded value, stop the build.
"""

import json
import math
import os
import re
from typing import SupportsFloat

_NAME = re.compile(r"[a-z0-9_]+/[a-z0-9]+(-[a-z0-9]+)*")


def record(
    name: str,
    value: SupportsFloat,
    *,
    error: SupportsFloat | None = None,
    unit: str = "",
) -> None:
    """Print a measured value and, during a build, write it into the ledger.

    Args:
        name: `note/what-was-measured`, lower case, unique in the whole site.
        value: The finite number; a one-element tensor will do.
        error: Its standard error, where it was estimated from samples.
        unit: What the number counts, "" for a pure number.

    Raises:
        ValueError: If the name has another form, or a number is not finite, or the
            error is negative.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"name must look like 'note/measured-thing', got {name!r}")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"value of {name} must be finite, got {number}")
    spread = None if error is None else float(error)
    if spread is not None and not (math.isfinite(spread) and spread >= 0):
        raise ValueError(f"error of {name} must be finite and >= 0, got {spread}")
    if isinstance(value, int) or number.is_integer():
        number = int(number)

    print(f"{name} = {format_value(number, spread, unit)}")
    if path := os.environ.get("DLNOTES_LEDGER"):
        entry = {"name": name, "value": number, "error": spread, "unit": unit}
        with open(path, "a", encoding="utf-8") as ledger:
            ledger.write(json.dumps(entry) + "\n")


def format_value(value: float, error: float | None = None, unit: str = "") -> str:
    """Write a value as the pages do, with as many digits as its error allows.

    Args:
        value: The number.
        error: Its standard error; two of its digits are kept.
        unit: Appended after a space.

    Returns:
        For example `"0.2364 ± 0.0012"`, `"12.5 ms"` or `"1797"`.
    """
    if error:
        decimals = max(0, 1 - math.floor(math.log10(error)))
        text = f"{value:.{decimals}f} ± {error:.{decimals}f}"
    elif isinstance(value, int):
        text = str(value)
    else:
        text = f"{value:.4g}"
    return f"{text} {unit}".rstrip()
