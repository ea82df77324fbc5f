"""The result of tracing a model: one row for each layer, as data and as a table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from dlnotes.receptive_field.fields import Field, Region, hull

COLUMNS = (
    *("layer", "kind", "kernel", "stride", "padding", "dilation"),
    *("field", "jump", "start", "center", "output", "note"),
)

MARKS = {"*": "the whole input", "+": "a part of the input that stays in place"}


@dataclass(frozen=True)
class Row:
    """What the units of one layer see. Every tuple has one entry for each axis.

    Attributes:
        layer: Name of the module, as in `model.named_modules()`; empty for what the
            model does itself.
        kind: Class of the module, or the operation where it is not a module's own.
        kernel: Number of taps; empty where there is no window, like the next three.
        stride: Step of the window.
        padding: Positions added before the first one.
        dilation: Distance of the taps.
        output: Number of units.
        fields: What a unit sees through local layers.
        common: What it sees besides that does not move along with it, through a mean,
            a gate, a normalization or attention; `None` if nothing.
        whole: Whether that, or what is left without position, is all of the axis.
        entire: Whether the whole axis is all there is: no local field is left.
        note: Anything else that a reader should know.
    """

    layer: str
    kind: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    output: tuple[int, ...]
    fields: tuple[Field, ...]
    common: tuple[Field | None, ...]
    whole: tuple[bool, ...]
    entire: tuple[bool, ...]
    note: str = ""

    @property
    def size(self) -> tuple[int, ...]:
        """Receptive field in pixels, padding included."""
        return tuple(field.size for field in self.fields)

    @property
    def jump(self) -> tuple[Fraction, ...]:
        """Distance in pixels between neighboring units; 0 where position is lost."""
        return tuple(field.jump for field in self.fields)

    @property
    def start(self) -> tuple[int, ...]:
        """First pixel that unit 0 sees; negative inside of the padding."""
        return tuple(field.start for field in self.fields)

    @property
    def center(self) -> tuple[float, ...]:
        """Center of what unit 0 sees, where pixel i reaches from i to i + 1."""
        return tuple(field.center() for field in self.fields)

    def region(self, unit: Sequence[int]) -> tuple[Region, ...]:
        """Look up all that a unit sees, common parts included.

        Args:
            unit: Its position along each axis.

        Returns:
            First and last pixel along each axis, both included, or `None`.
        """
        seen = zip(self.fields, self.common, unit, strict=True)
        return tuple(
            hull([field.region(i) for field in (local, other) if field])
            for local, other, i in seen
        )

    def cells(self) -> tuple[str, ...]:
        """Write the row as text, one cell for each of `COLUMNS`."""
        windows = (self.kernel, self.stride, self.padding, self.dilation)
        sizes = [f"{n}{mark}" for n, mark in zip(self.size, self._marks(), strict=True)]
        numbers = (sizes, self.jump, self.start, self.center, self.output)
        texts = [_across(values) for values in (*windows, *numbers)]
        return (self.layer, self.kind, *texts, self.note)

    def _marks(self) -> Iterator[str]:
        """What follows the size: more is seen than the local field."""
        for other, whole, entire in zip(
            self.common, self.whole, self.entire, strict=True
        ):
            if entire:
                yield " (all)"
            else:
                yield "*" if whole else "+" if other else ""


@dataclass(frozen=True)
class Trace:
    """Receptive fields of all layers of a model; `print` shows a table.

    Attributes:
        rows: One for each layer that reads neighbors, joins branches or looks at the
            whole input, in the order of execution.
        outputs: What the units of each output of the model see.
        input_shape: Shape of the input.
        axes: Which of its dimensions were followed.
    """

    rows: tuple[Row, ...]
    outputs: tuple[Row, ...]
    input_shape: tuple[int, ...]
    axes: tuple[int, ...]

    @property
    def size(self) -> tuple[int, ...]:
        """Receptive field of the first output along each axis, in pixels."""
        return self.outputs[0].size

    @property
    def jump(self) -> tuple[Fraction, ...]:
        """Distance in pixels between neighboring units of the first output."""
        return self.outputs[0].jump

    @property
    def start(self) -> tuple[int, ...]:
        """First pixel that unit 0 of the first output sees."""
        return self.outputs[0].start

    @property
    def center(self) -> tuple[float, ...]:
        """Center of what unit 0 of the first output sees."""
        return self.outputs[0].center

    def __getitem__(self, layer: str) -> Row:
        """Find the last row of a layer.

        Args:
            layer: Name of a module.

        Returns:
            Its row.
        """
        for row in reversed(self.rows):
            if row.layer == layer:
                return row
        raise KeyError(f"no row of a layer {layer!r}; there are {len(self.rows)} rows")

    def __str__(self) -> str:
        """Write a table, numbers of unequal axes as `3 x 5`."""
        lines = [COLUMNS, *(row.cells() for row in (*self.rows, *self.outputs))]
        text = _table(lines)
        cells = [row.cells()[COLUMNS.index("field")] for row in self.rows]
        for mark, meaning in MARKS.items():
            if any(mark in cell for cell in cells):
                text += f"\n{mark} and, less directly, {meaning}"
        return text


def _across(values: Sequence[object]) -> str:
    texts = [f"{v:g}" if isinstance(v, float) else str(v) for v in values]
    return " x ".join(texts if len(set(texts)) > 1 else texts[:1])


def _table(lines: Iterable[Sequence[str]]) -> str:
    rows = [[str(cell) for cell in line] for line in lines]
    used = [i for i, column in enumerate(zip(*rows, strict=True)) if any(column[1:])]
    widths = {i: max(len(row[i]) for row in rows) for i in used}
    aligned = [[row[i].ljust(widths[i]) for i in used] for row in rows]
    return "\n".join("  ".join(row).rstrip() for row in aligned)
