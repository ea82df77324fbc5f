"""Checks of dlnotes.blocks.ply."""

import struct

import pytest
import torch

from dlnotes.blocks.ply import read_ply

HEADER = """ply
format {form} 1.0
comment made by hand
element vertex 4
property float x
property float y
property float z
property uchar red
element face 2
property list uchar int vertex_indices
element edge 1
property int vertex1
property int vertex2
end_header
"""
CORNERS = [(0, 0, 0, 9), (1, 0, 0, 9), (0, 1, 0, 9), (0.5, 0, 1, 9)]
FACES = [(3, 0, 1, 2), (4, 0, 1, 2, 3)]
TEXT = HEADER.format(form="ascii") + "\n".join(
    " ".join(map(str, row)) for row in (*CORNERS, *FACES, (0, 1))
)
TRIANGLES = [[0, 1, 2], [0, 1, 2], [0, 2, 3]]


def binary(order, form, faces=FACES, corners=CORNERS):
    body = b"".join(struct.pack(f"{order}fffB", *row) for row in corners)
    body += b"".join(struct.pack(f"{order}B{len(row) - 1}i", *row) for row in faces)
    return HEADER.format(form=form).encode() + body + struct.pack(f"{order}ii", 0, 1)


LITTLE = binary("<", "binary_little_endian")
BIG = binary(">", "binary_big_endian")
START = len(HEADER.format(form="binary_little_endian"))


def written(folder, content):
    path = folder / "a.ply"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        TEXT + "\n\n",
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("vertex_indices", "vertex_index"),
        TEXT.replace("float", "float64").replace("uchar", "uint8"),
        LITTLE,
        BIG,
        LITTLE.replace(b"comment", b"obj_info"),
        BIG.replace(b"\n", b"\r\n", HEADER.count("\n")),
    ],
)
def test_text_and_both_byte_orders_give_the_same_mesh(tmp_path, content):
    mesh = read_ply(written(tmp_path, content))
    assert mesh.corners.dtype == torch.float64
    assert mesh.corners.tolist() == [list(row[:3]) for row in CORNERS]
    assert mesh.faces.tolist() == TRIANGLES


def test_a_cloud_has_no_faces_and_other_numbers_may_be_nan(tmp_path):
    head, _, _ = TEXT.partition("element face")
    head = head.replace("uchar red", "double red")
    text = head + "end_header\n" + "1 2 3 nan\n" * 4
    mesh = read_ply(written(tmp_path, text))
    assert mesh.corners.tolist() == [[1, 2, 3]] * 4
    assert mesh.faces.shape == (0, 3)


def test_elements_and_lists_that_are_not_needed_are_passed_over(tmp_path):
    extra = "element material 1\nproperty list uint8 uint8 name\nelement vertex"
    text = TEXT.replace("element vertex", extra).replace(
        "end_header\n", "end_header\n2 7 7\n"
    )
    assert read_ply(written(tmp_path, text)).faces.tolist() == TRIANGLES


def swap(old, new):
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def at(byte, new, content=LITTLE):
    return content[: START + byte] + new + content[START + byte + len(new) :]


NAN, FIRST_FACE = struct.pack("<f", float("nan")), 4 * 13
CORRUPT = {  # what is wrong: the file, and what the message says of it
    "empty": ("", "line 1: ends in the header"),
    "another magic": (swap("ply", "OFF"), "line 1: must be the word ply"),
    "other bytes": (bytes(range(256)), "line 1: must be the word ply"),
    "no format": (swap("format ascii 1.0\n", ""), "line 13: the header has no format"),
    "other format": (swap("ascii", "utf8"), "line 2: needs a known format"),
    "other version": (swap("1.0", "2.0"), "line 2: needs a known format"),
    "cut header": (TEXT[:59], "line 5: ends in the header"),
    "a word": (swap("comment", "remark"), "line 3: is not understood"),
    "a type": (swap("float x", "half x"), "line 5: is not understood"),
    "no name": (swap("float x", "float"), "line 5: is not understood"),
    "float length": (swap("list uchar", "list float"), "line 10: is not understood"),
    "early property": (swap("element vertex 4\n", ""), "line 4: is not understood"),
    "negative count": (swap("vertex 4", "vertex -4"), "line 4: .* whole number"),
    "no count": (swap("vertex 4", "vertex"), "line 4: is not understood"),
    "no vertices": (swap("element vertex", "element node"), "line 14: needs vertices"),
    "no z": (swap("float z", "float w"), "line 14: needs vertices with x, y, z"),
    "z is a list": (swap("float z", "list uchar float z"), "line 14: needs vertices"),
    "two x": (swap("float y", "float x"), "line 14: vertex has a property twice"),
    "two tables": (swap("element edge", "element face"), "line 14: .* element twice"),
    "no property": (
        swap("property int vertex1\nproperty int vertex2\n", ""),
        "line 12: edge has no property",
    ),
    "no corners": (swap("vertex_indices", "corners"), "line 14: needs faces with"),
    "both corners": (
        swap("element edge", "property int vertex_index\nelement edge"),
        "line 15: needs faces with one of .* got both",
    ),
    "no list": (swap("list uchar int", "int"), "line 14: needs faces with"),
    "cut in vertices": (TEXT.split("\n0 1 0")[0], "line 16: ends where vertex 3 of 4"),
    "cut in a vertex": (swap("0 1 0 9", "0 1 0"), "line 17: vertex needs 4 numbers"),
    "long vertex": (swap("0 1 0 9", "0 1 0 9 9"), "line 17: vertex needs 4 numbers"),
    "cut in faces": (TEXT.split("\n4 0")[0], "line 19: ends where face 2 of 2"),
    "cut in a face": (swap("3 0 1 2", "3 0 1"), "line 19: face needs 4 numbers, got 3"),
    "long face": (swap("3 0 1 2", "3 0 1 2 3"), "line 19: face needs 4 numbers, got 5"),
    "cut at the end": (TEXT[:-4], "line 20: ends where edge 1 of 1"),
    "fewer vertices": (
        swap("vertex 4", "vertex 5"),
        "line 21: face needs",
    ),
    "more vertices": (swap("vertex 4", "vertex 3"), "line 18: "),
    "more rows": (TEXT + "\n1 2", "line 22: goes on after the last element"),
    "NaN": (swap("0.5 0 1", "nan 0 1"), "line 18: .* finite number, got nan"),
    "infinite": (swap("0.5 0 1", "0 0 -inf"), "line 18: .* finite number, got -inf"),
    "no number": (swap("0.5 0 1", "x 0 1"), "line 18: needs a number, got 'x'"),
    "underscore": (swap("0.5 0 1", "1_0 0 1"), "line 18: needs a number, got '1_0'"),
    "an edge": (swap("3 0 1 2", "2 0 1"), "line 19: a face needs three corners"),
    "index beyond": (swap("3 0 1 2", "3 0 1 4"), "line 19: .* 4 corners, none is 4"),
    "index below": (swap("3 0 1 2", "3 0 1 -1"), "line 19: .* 4 corners, none is -1"),
    "index a half": (swap("3 0 1 2", "3 0 1 1.5"), "line 19: needs whole numbers"),
    "index NaN": (swap("3 0 1 2", "3 0 1 nan"), "line 19: needs whole numbers"),
    "length a half": (swap("3 0 1 2", "3.5 0 1 2"), "line 19: needs a whole number"),
    "binary empty": (LITTLE[:START], f"byte {START}: ends where vertex 1 of 4"),
    "binary cut": (LITTLE[: START + 30], f"byte {START + 30}: ends where vertex 3"),
    "binary cut face": (LITTLE[:-12], f"byte {len(LITTLE) - 12}: ends where face 2"),
    "binary cut end": (LITTLE[:-1], f"byte {len(LITTLE) - 1}: ends where edge 1"),
    "binary longer": (LITTLE + b"\0", f"byte {len(LITTLE)}: goes on .* 1 bytes"),
    "binary NaN": (at(4, NAN), f"byte {START}: needs a finite number, got nan"),
    "binary length": (at(FIRST_FACE, b"\xff"), "ends where face 1 of 2"),
    "binary edge": (
        binary("<", "binary_little_endian", [(2, 0, 1), FACES[1]]),
        f"byte {START + FIRST_FACE}: a face needs three corners",
    ),
    "binary index": (
        at(FIRST_FACE + 1, struct.pack("<i", 4)),
        f"byte {START + FIRST_FACE}: there are 4 corners, none is 4",
    ),
    "binary below": (
        at(FIRST_FACE + 1, struct.pack("<i", -1)),
        f"byte {START + FIRST_FACE}: there are 4 corners, none is -1",
    ),
    "other byte order": (LITTLE.replace(b"little", b"big"), "byte "),
    "negative length": (
        LITTLE.replace(b"list uchar", b"list char").replace(
            b"\3\0\0\0\0", b"\xfd\0\0\0\0"
        ),
        "a list of length -3",
    ),
}


@pytest.mark.parametrize("case", CORRUPT)
def test_a_corrupt_file_is_refused_with_its_name_and_place(tmp_path, case):
    content, message = CORRUPT[case]
    with pytest.raises(ValueError, match=rf"a\.ply, .*{message}"):
        read_ply(written(tmp_path, content))
