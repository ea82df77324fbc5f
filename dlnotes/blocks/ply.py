"""Meshes and clouds of points from PLY files: text, and binary in both byte orders."""

import math
import struct
from collections.abc import Iterator
from pathlib import Path

from dlnotes.blocks._ply_header import FACES, Element, read_header
from dlnotes.blocks.meshes import Mesh, check_face, finite, make_mesh, whole

Value = float | list[float]


def read_ply(path: str | Path) -> Mesh:
    """Read a mesh, or a cloud of points, from a PLY file.

    Of vertices `x`, `y`, `z` are read, of faces `vertex_indices` or `vertex_index`;
    other properties and elements are passed over. A face of more than three corners
    becomes a fan of triangles around its first corner. A file without faces is a cloud.

    Args:
        path: The file.

    Returns:
        The mesh; of a cloud, its faces have shape `(0, 3)`.

    Raises:
        ValueError: If the file is no PLY file, its header is not understood, it is cut
            off or goes on after the last element, or it has a coordinate that is not
            finite, or a face with a corner that does not exist or with fewer than
            three. It names file and line, in binary files the byte.
    """
    path = Path(path)
    content = path.read_bytes()
    order, elements, start, lines = read_header(path, content)
    body: _Text | _Binary
    if order:
        body = _Binary(path, content, start, order)
    else:
        body = _Text(path, content[start:], lines)
    corners: list[list[float]] = []
    polygons: list[list[int]] = []
    for element in elements:
        for where, row in body.rows(element):
            if element.name == "vertex":
                corners.append([finite(path, where, _number(row[x])) for x in "xyz"])
            if element.name == "face":
                polygons.append(_face(path, where, row, _rows(elements, "vertex")))
    body.finish()
    return make_mesh(corners, polygons)


class _Text:
    """The rows of a PLY file in text."""

    def __init__(self, path: Path, content: bytes, lines: int) -> None:
        self.path, self.number = path, lines
        self.lines = iter(content.splitlines())

    def rows(self, element: Element) -> Iterator[tuple[str, dict[str, Value]]]:
        for index in range(element.rows):
            words = self._next()
            where = f"line {self.number}"
            if words is None:
                what = f"{element.name} {index + 1} of {element.rows}"
                raise ValueError(f"{self.path}, {where}: ends where {what} should be")
            yield where, self._row(element, words, where)

    def finish(self) -> None:
        words = self._next()
        if words is not None:
            found = " ".join(words)
            where = f"{self.path}, line {self.number}"
            raise ValueError(f"{where}: goes on after the last element: {found!r}")

    def _next(self) -> list[str] | None:
        for line in self.lines:
            self.number += 1
            if line.strip():
                return line.decode("latin-1").split()
        return None

    def _row(self, element: Element, words: list[str], where: str) -> dict[str, Value]:
        row: dict[str, Value] = {}
        wanted = 0
        for name, _, length in element.properties:
            size = 1
            if length:
                size = whole(self.path, where, words[wanted]) if words[wanted:] else 0
                wanted += 1
            entries = [
                _parsed(self.path, where, word)
                for word in words[wanted : wanted + size]
            ]
            wanted += size
            row[name] = entries if length else (entries or [0.0])[0]
        if wanted != len(words):
            what = f"{element.name} needs {wanted} numbers, got {len(words)}"
            raise ValueError(f"{self.path}, {where}: {what}")
        return row


class _Binary:
    """The rows of a binary PLY file."""

    def __init__(self, path: Path, content: bytes, start: int, order: str) -> None:
        self.path, self.content, self.at, self.order = path, content, start, order

    def rows(self, element: Element) -> Iterator[tuple[str, dict[str, Value]]]:
        for index in range(element.rows):
            where, what = f"byte {self.at}", f"{element.name} {index + 1}"
            row: dict[str, Value] = {}
            for name, code, length in element.properties:
                size = int(self._take(length, 1, what)[0]) if length else 1
                if size < 0:
                    raise ValueError(f"{self.path}, {where}: a list of length {size}")
                entries = self._take(code, size, f"{what} of {element.rows}")
                row[name] = entries if length else entries[0]
            yield where, row

    def finish(self) -> None:
        left = len(self.content) - self.at
        if left:
            where = f"{self.path}, byte {self.at}"
            raise ValueError(f"{where}: goes on after the last element: {left} bytes")

    def _take(self, code: str, count: int, what: str) -> list[float]:
        end = self.at + count * struct.calcsize(self.order + code)
        if end > len(self.content):
            where = f"{self.path}, byte {len(self.content)}"
            raise ValueError(f"{where}: ends where {what} should be")
        found = struct.unpack(f"{self.order}{count}{code}", self.content[self.at : end])
        self.at = end
        return list(found)


def _rows(elements: list[Element], name: str) -> int:
    return next(element.rows for element in elements if element.name == name)


def _parsed(path: Path, where: str, word: str) -> float:
    """A number that need not be finite."""
    try:
        return float(word.replace("_", "?"))
    except ValueError:
        raise ValueError(f"{path}, {where}: needs a number, got {word!r}") from None


def _number(value: Value) -> float:
    return value if isinstance(value, float | int) else value[0]


def _face(path: Path, where: str, row: dict[str, Value], count: int) -> list[int]:
    found = next(row[name] for name in FACES if name in row)
    numbers = found if isinstance(found, list) else [found]
    odd = [x for x in numbers if not math.isfinite(x) or x != int(x)]
    if odd:
        raise ValueError(f"{path}, {where}: needs whole numbers, got {odd[0]}")
    face = [int(x) for x in numbers]
    check_face(path, where, face, count)
    return face
