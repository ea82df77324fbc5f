"""The header of a PLY file: which tables it has, and what is in their rows."""

from pathlib import Path
from typing import NamedTuple

from dlnotes.blocks.meshes import whole

FORMATS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
CODES = {  # of the module struct, by both families of names
    **{"char": "b", "uchar": "B", "short": "h", "ushort": "H", "int": "i", "uint": "I"},
    **{"int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i"},
    **{"uint32": "I", "float": "f", "float32": "f", "double": "d", "float64": "d"},
}
FACES = ("vertex_indices", "vertex_index")


class Property(NamedTuple):
    """A number, or a list of numbers, of each row of an element.

    Attributes:
        name: Such as x.
        code: Type of the number, or of the list's entries.
        length: Type of the list's length; empty for a number.
    """

    name: str
    code: str
    length: str


class Element(NamedTuple):
    """A table in a PLY file.

    Attributes:
        name: Such as vertex.
        rows: How many.
        properties: What a row has.
    """

    name: str
    rows: int
    properties: list[Property]


def read_header(path: Path, content: bytes) -> tuple[str, list[Element], int, int]:
    """Read the header of a PLY file.

    Args:
        path: The file, for messages.
        content: All of it.

    Returns:
        Byte order, empty for text; elements; the byte where the body begins, and how
        many lines are before it.
    """
    order, start = None, 0
    elements: list[Element] = []
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        start += len(line)
        where = f"{path}, line {number}"
        words = line.decode("latin-1").split()
        if number == 1 and words != ["ply"]:
            raise ValueError(f"{where}: must be the word ply, got {line[:20]!r}")
        if words == ["end_header"]:
            if order is None:
                raise ValueError(f"{where}: the header has no format")
            _check_elements(where, elements)
            return order, elements, start, number
        if words[:1] == ["format"]:
            if len(words) != 3 or words[1] not in FORMATS or words[2] != "1.0":
                found = " ".join(words[1:])
                raise ValueError(f"{where}: needs a known format, got {found!r}")
            order = FORMATS[words[1]]
        elif number > 1 and words and words[0] not in ("comment", "obj_info"):
            _read_definition(path, number, words, elements)
    end = content.count(b"\n") + 1
    raise ValueError(f"{path}, line {end}: ends in the header")


def _read_definition(
    path: Path, number: int, words: list[str], elements: list[Element]
) -> None:
    """Read a line of the header that begins with element or property."""
    match words:
        case ["element", name, count]:
            rows = whole(path, f"line {number}", count)
            elements.append(Element(name, rows, []))
        case ["property", "list", count, kind, name] if (
            elements and kind in CODES and CODES.get(count, "f") not in "fd"
        ):
            elements[-1].properties.append(Property(name, CODES[kind], CODES[count]))
        case ["property", kind, name] if elements and kind in CODES:
            elements[-1].properties.append(Property(name, CODES[kind], ""))
        case _:
            found = " ".join(words)
            raise ValueError(f"{path}, line {number}: is not understood: {found!r}")


def _check_elements(where: str, elements: list[Element]) -> None:
    """Refuse a header without what is read."""
    tables = {element.name: element for element in elements}
    if len(tables) < len(elements):
        raise ValueError(f"{where}: the header defines an element twice")
    for element in elements:
        if not element.properties:
            raise ValueError(f"{where}: {element.name} has no property")
        names = [one.name for one in element.properties]
        if len(set(names)) < len(names):
            raise ValueError(f"{where}: {element.name} has a property twice: {names}")
    found = tables["vertex"].properties if "vertex" in tables else []
    numbers = {one.name for one in found if not one.length}
    if not numbers >= set("xyz"):
        raise ValueError(f"{where}: needs vertices with x, y, z, got {sorted(numbers)}")
    if "face" in tables:
        lists = [one.name for one in tables["face"].properties if one.length]
        if {one.name for one in tables["face"].properties} >= set(FACES):
            raise ValueError(f"{where}: needs faces with one of {FACES}, got both")
        if not set(lists) & set(FACES):
            raise ValueError(f"{where}: needs faces with {FACES[0]}, got {lists}")
