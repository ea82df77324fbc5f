"""Checks of dlnotes.blocks.modelnet."""

import sys

import h5py
import numpy as np
import pytest

from dlnotes.blocks.meshes import read_off
from dlnotes.blocks.modelnet import (
    find_modelnet,
    read_modelnet_hdf5,
    read_modelnet_list,
)

POINTS = np.random.default_rng(0).normal(size=(5, 7, 3)).astype("float32")
LABELS = np.array([[0], [39], [3], [3], [7]], dtype="uint8")


def laid_out(folder, files):
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("OFF 3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n")
    return folder


FILES = [
    f"{kind}/{part}/{kind}_000{n}.off"
    for kind in ("night_stand", "airplane")
    for part, n in (("train", 1), ("train", 2), ("test", 3))
]


def test_classes_are_sorted_and_files_have_their_labels(tmp_path):
    found = find_modelnet(laid_out(tmp_path, [*FILES, ".DS_Store", "airplane/.x"]))
    assert found.classes == ["airplane", "night_stand"]
    names = [(path.name, label) for path, label in found.train]
    assert names[0] == ("airplane_0001.off", 0)
    assert names[-1] == ("night_stand_0002.off", 1)
    assert len(names) == 4
    assert [label for _, label in found.test] == [0, 1]
    assert len(read_off(found.test[0][0]).faces) == 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "has no folder, one for each class"),
        (["README.txt"], "has no folder, one for each class"),
        (FILES[:2], "night_stand: must have the folders"),
        ([*FILES, "airplane/extra/a.off"], "airplane: must have the folders"),
        ([*FILES, "airplane/readme"], "airplane: must have the folders"),
        ([*FILES, "airplane/test/a.obj"], r"must have \.off files, has a\.obj"),
        (
            [*FILES[:2], "night_stand/test/.off"],
            r"test: must have \.off files, is empty",
        ),
        ([*FILES[:2], "night_stand/test"], "test: is no folder"),
    ],
)
def test_another_layout_is_refused_with_the_folder(tmp_path, files, message):
    with pytest.raises(ValueError, match=message):
        find_modelnet(laid_out(tmp_path, files))


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="none: is no folder"):
        find_modelnet(tmp_path / "none")


def stored(folder, name="a.h5", **arrays):
    path = folder / name
    with h5py.File(path, "w") as file:
        for key, array in {"data": POINTS, "label": LABELS, **arrays}.items():
            if array is not None:
                file[key] = array
    return path


def test_an_hdf5_file_is_read_as_it_was_written(tmp_path):
    read = read_modelnet_hdf5(stored(tmp_path, faceId=np.zeros((5, 7), "int32")))
    assert (read.points.numpy() == POINTS).all()
    assert read.labels.tolist() == [0, 39, 3, 3, 7]
    assert read.normals is None
    path = stored(tmp_path, normal=POINTS[:, ::-1], label=LABELS[:, 0].astype("int64"))
    read = read_modelnet_hdf5(path)
    assert (read.normals.numpy() == POINTS[:, ::-1]).all()
    assert read.labels.tolist() == [0, 39, 3, 3, 7]


WITH_NAN = np.where(np.arange(7)[:, None] == 2, np.nan, POINTS)
CORRUPT = {  # what is wrong: the arrays, and what the message says of them
    "no data": ({"data": None}, "has no key 'data', only .'label'"),
    "no label": ({"label": None}, "has no key 'label', only .'data'"),
    "whole points": ({"data": POINTS.astype("int32")}, "'data': must be floating"),
    "words": ({"data": np.array([b"x"] * 5)}, "'data': must hold numbers"),
    "flat": ({"data": POINTS[0]}, r"'data': must be \(B, N, 3\), is \(7, 3\)"),
    "four columns": ({"data": np.zeros((5, 7, 4))}, "'data': must be .B, N, 3."),
    "channels first": ({"data": POINTS.transpose(0, 2, 1)}, "'data': must be"),
    "no points": ({"data": POINTS[:, :0]}, "'data': must be"),
    "NaN": ({"data": WITH_NAN}, r"'data': must be finite, is not at \(0, 2, 0\)"),
    "infinite": ({"data": np.full_like(POINTS, np.inf)}, "'data': must be finite"),
    "too large": ({"data": POINTS.astype("f8") * 1e200}, "'data': must be finite"),
    "real labels": ({"label": LABELS.astype("f4")}, "'label': must be whole"),
    "fewer labels": ({"label": LABELS[:4]}, r"'label': must be \(5,\) or \(5, 1\)"),
    "wide labels": ({"label": np.zeros((5, 2), "u1")}, "'label': must be"),
    "large label": ({"label": LABELS + 1}, "'label': must be from 0 to 39, one is 40"),
    "negative label": ({"label": LABELS.astype("i1") - 1}, "'label': .* one is -1"),
    "short normals": ({"normal": POINTS[:4]}, "'normal': must have shape"),
    "whole normals": ({"normal": LABELS}, "'normal': must be floating"),
    "NaN normals": ({"normal": WITH_NAN}, "'normal': must be finite"),
}


@pytest.mark.parametrize("case", CORRUPT)
def test_a_corrupt_hdf5_file_is_refused_with_its_name_and_key(tmp_path, case):
    arrays, message = CORRUPT[case]
    with pytest.raises(ValueError, match=rf"a\.h5.*{message}"):
        read_modelnet_hdf5(stored(tmp_path, **arrays))


def test_a_group_in_place_of_an_array_is_refused(tmp_path):
    path = stored(tmp_path, data=None)
    with h5py.File(path, "a") as file:
        file.create_group("data")
    with pytest.raises(ValueError, match="'data': must hold numbers, holds a group"):
        read_modelnet_hdf5(path)


@pytest.mark.parametrize("content", ["", "no HDF5", "half", "all but the end"])
def test_a_file_that_is_cut_off_or_of_another_kind_is_refused(tmp_path, content):
    path = stored(tmp_path)
    whole = path.read_bytes()
    parts = {"half": whole[: len(whole) // 2], "all but the end": whole[:-100]}
    path.write_bytes(parts.get(content, content.encode()))
    with pytest.raises(ValueError, match=r"a\.h5: is no complete HDF5 file"):
        read_modelnet_hdf5(path)


def test_a_list_of_files_is_read_in_its_order(tmp_path):
    stored(tmp_path, "a.h5")
    stored(tmp_path, "b.h5", data=POINTS[:2], label=LABELS[:2], normal=POINTS[:2])
    names = tmp_path / "train_files.txt"
    names.write_text("data/modelnet40_ply_hdf5_2048/b.h5\n\na.h5\n")
    read = read_modelnet_list(names)
    assert read.labels.tolist() == [0, 39, 0, 39, 3, 3, 7]
    assert read.normals is None
    names.write_text("b.h5\nb.h5\n")
    assert read_modelnet_list(names).normals.shape == (4, 7, 3)
    names.write_text("b.h5\nb.h5\n", "utf-8-sig")  # with a mark of the byte order
    assert len(read_modelnet_list(names).labels) == 4
    names.write_bytes(b"b.h5\n\xff.h5\n")
    with pytest.raises(ValueError, match=r"train_files\.txt: must be text in UTF-8"):
        read_modelnet_list(names)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.h5\nc.h5\n", "train_files.txt, line 2: there is no file .*c.h5"),
        ("\n \n", "train_files.txt: names no file"),
        ("a.h5\nb.h5\n", "line 2: .*b.h5 has clouds of 6 points, not 7"),
    ],
)
def test_a_list_that_cannot_be_followed_is_refused(tmp_path, text, message):
    stored(tmp_path, "a.h5")
    stored(tmp_path, "b.h5", data=POINTS[:, :6])
    names = tmp_path / "train_files.txt"
    names.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_modelnet_list(names)


def test_without_h5py_one_reads_how_to_get_it(tmp_path, monkeypatch):
    path = stored(tmp_path)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match="pip install h5py"):
        read_modelnet_hdf5(path)


def test_a_missing_file_is_told_as_python_does(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_modelnet_hdf5(tmp_path / "none.h5")
