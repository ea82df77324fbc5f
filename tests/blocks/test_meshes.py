"""Checks of dlnotes.blocks.meshes."""

import pytest
import torch

from dlnotes.blocks.meshes import Mesh, draw_on_mesh, make_mesh, read_off
from tests.statistics import within

TETRAHEDRON = """OFF
# a comment, and an empty line

4 4 0
0 0 0
1 0 0   # behind numbers
0 1 0
0 0 1
3 0 2 1
3 0 1 3
3 0 3 2
3 1 2 3 255 0 0
"""
LINES = TETRAHEDRON.splitlines()


def written(folder, text, name="a.off"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        TETRAHEDRON,
        TETRAHEDRON.replace("\n", "\r\n"),
        TETRAHEDRON.replace("OFF\n", "OFF"),  # the counts behind a comment
        TETRAHEDRON.replace("OFF", "").replace("4 4 0", "OFF4 4 0"),
        TETRAHEDRON.replace("OFF", "").replace("4 4 0", "OFF 4 4 0"),
        TETRAHEDRON.rstrip(),
        TETRAHEDRON.replace("1 0 0 ", "1e0\t+.0 -0 "),
        TETRAHEDRON.replace("comment", "Größe").encode("utf-8"),
    ],
)
def test_an_off_file_is_read_however_it_is_written(tmp_path, text):
    mesh = read_off(written(tmp_path, text))
    assert mesh.corners.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert mesh.faces.tolist() == [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]
    assert torch.linalg.det(mesh.corners[mesh.faces]).sum() == 1  # six times the volume


def test_a_face_of_five_corners_is_a_fan(tmp_path):
    text = "OFF\n5 1 0\n0 0 0\n1 0 0\n2 1 0\n1 2 0\n0 1 0\n5 0 1 2 3 4\n"
    mesh = read_off(written(tmp_path, text))
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 3, 4]]


def test_a_file_without_faces_has_none(tmp_path):
    mesh = read_off(written(tmp_path, "OFF 1 0 0\n1 2 3\n"))
    assert mesh.corners.shape == (1, 3)
    assert mesh.faces.shape == (0, 3)
    assert read_off(written(tmp_path, "OFF0 0 0")).corners.shape == (0, 3)


def changed(old, new):
    assert old in TETRAHEDRON
    return TETRAHEDRON.replace(old, new, 1)


CORRUPT = {  # what is wrong: the file, and what the message says of it
    "empty": ("", "line 1: ends where the word OFF"),
    "only comments": ("# nothing\n\n", "line 3: ends where the word OFF"),
    "another magic": (changed("OFF", "PLY"), "line 1: must begin with OFF, got 'PLY'"),
    "colored": (changed("OFF", "COFF"), "line 1: must begin with OFF, got 'COFF'"),
    "binary": (b"OFF BINARY\n\0\0\0\4", "line 1: needs three counts"),
    "other bytes": (bytes(range(256)), "line 1: must begin with OFF"),
    "no counts": ("OFF\n", "line 2: ends where three counts"),
    "two counts": (changed("4 4 0", "4 4"), "line 4: needs three counts, got '4 4'"),
    "four counts": (changed("4 4 0", "4 4 0 1"), "line 4: needs three counts"),
    "glued and cut": (changed("OFF", "OFF4 4"), "line 1: needs three counts"),
    "negative count": (changed("4 4 0", "-4 4 0"), "line 4: .* whole number, got '-4'"),
    "count with a point": (changed("4 4 0", "4.0 4 0"), "line 4: .* whole .* '4.0'"),
    "cut in corners": ("\n".join(LINES[:6]), "line 6: ends where corner 3 of 4"),
    "cut in a corner": ("\n".join(LINES[:7])[:-4], "line 7: a corner has three"),
    "cut in faces": ("\n".join(LINES[:10]), "line 10: ends where face 3 of 4"),
    "cut in a face": ("\n".join(LINES[:11])[:-2], "line 11: announces 3 .* has 2"),
    "more corners": (changed("4 4 0", "3 4 0"), "line 8: a face needs three"),
    "fewer corners": (changed("4 4 0", "5 4 0"), "line 9: a corner has three"),
    "more faces": (changed("4 4 0", "4 3 0"), "line 12: goes on after the last face"),
    "fewer faces": (changed("4 4 0", "4 5 0"), "line 13: ends where face 5 of 5"),
    "NaN": (changed("1 0 0 ", "nan 0 0 "), "line 6: .* finite number, got 'nan'"),
    "infinite": (
        changed("1 0 0 ", "1 -inf 0 "),
        "line 6: .* finite number, got '-inf'",
    ),
    "overflow": (changed("1 0 0 ", "1 1e999 0 "), "line 6: .* finite number, .*1e999"),
    "a word": (changed("1 0 0 ", "1 zero 0 "), "line 6: .* number, got 'zero'"),
    "a comma": (changed("1 0 0 ", "1,5 0 0 "), "line 6: .* number, got '1,5'"),
    "underscore": (changed("1 0 0 ", "1_0 0 0 "), "line 6: .* number, got '1_0'"),
    "two numbers": (changed("1 0 0 ", "1 0 "), "line 6: a corner has three"),
    "four numbers": (changed("1 0 0 ", "1 0 0 9 "), "line 6: a corner has three"),
    "an edge": (changed("3 0 1 3", "2 0 1"), "line 10: a face needs three corners"),
    "a point": (changed("3 0 1 3", "1 0"), "line 10: a face needs three corners"),
    "nothing": (changed("3 0 1 3", "0"), "line 10: a face needs three corners"),
    "index beyond": (changed("3 0 1 3", "3 0 1 4"), "line 10: .* 4 corners, none is 4"),
    "index below": (changed("3 0 1 3", "3 0 1 -1"), "line 10: .* whole .* '-1'"),
    "index from 1": (changed("3 1 2 3", "3 2 3 4"), "line 12: .* none is 4"),
    "index with point": (changed("3 0 1 3", "3 0 1 3.0"), "line 10: .* whole .* '3.0'"),
    "huge index": (changed("3 0 1 3", f"3 0 1 {2**70}"), "line 10: there are 4"),
    "long index": (changed("3 0 1 3", f"3 0 1 {'9' * 5000}"), "line 10: .* whole .*'9"),
    "long count": (changed("4 4 0", f"4 {'9' * 5000} 0"), "line 4: .* whole number"),
    "huge size": (changed("3 0 1 3", "99999999999 0 1 3"), "line 10: announces 9"),
}


@pytest.mark.parametrize("case", CORRUPT)
def test_a_corrupt_file_is_refused_with_its_name_and_line(tmp_path, case):
    text, message = CORRUPT[case]
    with pytest.raises(ValueError, match=rf"a\.off, {message}"):
        read_off(written(tmp_path, text))


def test_a_missing_file_is_told_as_python_does(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_off(tmp_path / "none.off")


def test_points_on_a_mesh_are_uniform(rng):
    """On two triangles, one with nine tenths of the area; means are their centroids."""
    corners = [[0, 0, 0], [9, 0, 0], [0, 2, 0], [0, 0, 1], [1, 0, 1], [0, 2, 1]]
    mesh = make_mesh(corners, [[0, 1, 2], [3, 4, 5]])
    points = draw_on_mesh(mesh, 20000, generator=rng())
    assert points.shape == (20000, 3)
    on_first = points[:, 2] < 0.5
    assert within(on_first.double(), 0.9)
    scaled = points[on_first, :2] / torch.tensor([9, 2])
    assert (scaled.sum(1) <= 1 + 1e-12).all()
    assert within(scaled, 1 / 3)
    assert within(scaled.square(), 1 / 6)  # the second moment of a triangle
    height = points[~on_first, 2]
    torch.testing.assert_close(height, torch.ones_like(height), rtol=1e-14, atol=0)


@pytest.mark.parametrize("scale", [2.0**600, 2.0**-600])
def test_a_mesh_of_any_size_has_the_same_points(scale, rng):
    """To the bit, by a power of two; squares of its areas would leave the numbers."""
    corners = torch.randn(9, 3, dtype=torch.float64, generator=rng())
    faces = torch.randint(9, (6, 3), generator=rng(1))
    points = draw_on_mesh(Mesh(corners, faces), 50, generator=rng(2))
    scaled = draw_on_mesh(Mesh(scale * corners, faces), 50, generator=rng(2))
    assert torch.equal(scaled, scale * points)
    with pytest.raises(ValueError, match=r"mesh\.corners must be finite, got -?inf"):
        draw_on_mesh(Mesh(corners / 0.0, faces), 3)


def test_a_mesh_without_area_has_no_points():
    for mesh in (make_mesh([], []), make_mesh([[0, 0, 0]] * 3, [[0, 1, 2]])):
        assert isinstance(mesh, Mesh)
        with pytest.raises(ValueError, match="area"):
            draw_on_mesh(mesh, 3)


def test_what_is_no_mesh_has_no_points():
    for mesh in (None, Mesh(torch.eye(3), [[0, 1, 2]])):
        with pytest.raises(TypeError, match=r"^mesh"):
            draw_on_mesh(mesh, 3)
