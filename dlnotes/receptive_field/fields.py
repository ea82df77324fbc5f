"""Receptive fields as data: through layers of every kind, and over branches."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from dlnotes.receptive_field.windows import Window

Region = tuple[int, int] | None  # first and last pixel; None sees nothing


@dataclass(frozen=True)
class Field:
    """What the units of a layer see along one axis, Eq. (field).

    Units may take turns, as after a transposed convolution: unit `o + len(regions)`
    sees what unit `o` sees, moved by `shift` pixels. Without upsampling there is one
    region, and `shift` is the jump.

    Attributes:
        regions: For each of the first units its first and last pixel, both included,
            or `None` if it sees nothing.
        shift: Pixels from one turn to the next.
    """

    regions: tuple[Region, ...]
    shift: int

    def __post_init__(self) -> None:
        if not self.regions:
            raise ValueError("regions must hold at least one unit, got none")
        for region in self.regions:
            if region is not None and region[0] > region[1]:
                raise ValueError(f"a region must not end before it starts: {region}")

    @property
    def size(self) -> int:
        """Pixels that a unit sees, padding included; the most where units differ."""
        return max(_length(region) for region in self.regions)

    @property
    def jump(self) -> Fraction:
        """Pixels between neighboring units, 1/2 where there are two units a pixel."""
        return Fraction(self.shift, len(self.regions))

    @property
    def start(self) -> int:
        """First pixel of unit 0, minus the total padding; 0 if it sees nothing."""
        return self.regions[0][0] if self.regions[0] else 0

    def region(self, output: int) -> Region:
        """Look up what a unit sees.

        Args:
            output: Index of the unit, any integer.

        Returns:
            First and last pixel, both included, or `None`.
        """
        turn, phase = divmod(output, len(self.regions))
        region = self.regions[phase]
        moved = turn * self.shift
        return region and (region[0] + moved, region[1] + moved)

    def center(self, output: int = 0) -> float:
        """Find the middle of what a unit sees, Eq. (center).

        Args:
            output: Index of the unit, any integer.

        Returns:
            A position on the axis where pixel i reaches from i to i + 1; not a number
            if the unit sees nothing.
        """
        region = self.region(output)
        return (region[0] + region[1] + 1) / 2 if region else float("nan")


PIXEL = Field(((0, 0),), 1)  # of the input itself


def through(field: Field, window: Window) -> Field:
    """Receptive field after one more layer, Eq. (through).

    Args:
        field: What the inputs of the layer see.
        window: What its outputs read.

    Returns:
        What its outputs see.

    Examples:
        >>> through(PIXEL, Window(((0,), (0, 1)), 1))
        Field(regions=((0, 0), (0, 1)), shift=1)
    """
    turns = len(field.regions) // gcd(len(field.regions), window.shift)
    regions = tuple(
        hull([field.region(tap) for tap in window.reads(output)])
        for output in range(turns * len(window.taps))
    )
    return Field(regions, turns * window.shift * field.shift // len(field.regions))


def shortest(field: Field) -> Field:
    """Write a field with its shortest period.

    Args:
        field: What the units see.

    Returns:
        The same, with as few regions as possible.
    """
    count = len(field.regions)
    for period in range(1, count):
        if count % period == 0 and (field.shift * period) % count == 0:
            shorter = Field(field.regions[:period], field.shift * period // count)
            if all(shorter.region(i) == field.regions[i] for i in range(count)):
                return shorter
    return field


def merge(fields: Sequence[Field]) -> Field:
    """Receptive field of a sum or concatenation of branches, Eq. (branches).

    Args:
        fields: What the units of each branch see, one branch or more.

    Returns:
        For each unit the region from the first pixel that a branch sees to the last.

    Raises:
        ValueError: If there is no branch, or the jumps disagree.
    """
    if not fields:
        raise ValueError("fields must hold at least one branch, got none")
    jumps = sorted({field.jump for field in fields})
    if len(jumps) > 1:
        found = " and ".join(map(str, jumps))
        raise ValueError(f"branches must have the same jump, got {found} pixels")
    turns = lcm(*(len(field.regions) for field in fields))
    regions = tuple(
        hull([field.region(output) for field in fields]) for output in range(turns)
    )
    return Field(regions, int(jumps[0] * turns))


def misalignment(fields: Sequence[Field]) -> float:
    """Largest distance between the centers of branches that meet, Eq. (misalignment).

    Args:
        fields: What the units of each branch see; the jumps agree.

    Returns:
        Pixels; 0 if the branches are aligned. Units that see nothing do not count.
    """
    widest = 0.0
    for output in range(len(merge(fields).regions)):
        centers = [f.center(output) for f in fields if f.region(output)]
        widest = max(widest, max(centers, default=0) - min(centers, default=0))
    return widest


def hull(regions: Sequence[Region]) -> Region:
    """Reach from the first pixel of some regions to the last.

    Args:
        regions: First and last pixel of each, or `None`.

    Returns:
        First and last pixel of all, or `None` if nothing is seen.
    """
    seen = [region for region in regions if region]
    if not seen:
        return None
    return min(first for first, _ in seen), max(last for _, last in seen)


def clip(region: Region, size: int) -> Region:
    """Cut the padding off a region.

    Args:
        region: First and last pixel, or `None`.
        size: Number of pixels of the image along this axis.

    Returns:
        First and last pixel inside of the image, or `None` if there is none.
    """
    if region is None:
        return None
    first, last = max(region[0], 0), min(region[1], size - 1)
    return (first, last) if first <= last else None


def _length(region: Region) -> int:
    return region[1] - region[0] + 1 if region else 0
