"""Checks of dlnotes.blocks.arrays."""

import numpy as np
import pytest
import torch

from dlnotes.blocks.arrays import read_array


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ("float32", torch.float32),
        ("float64", torch.float64),
        ("float16", torch.float32),
        (">f8", torch.float64),
        ("uint32", torch.int64),
        ("int8", torch.int64),
        ("bool", torch.int64),
    ],
)
def test_arrays_come_back_as_they_were_stored(tmp_path, stored, wanted):
    array = np.array([[0, 1], [1, 0], [1, 1]]).astype(stored)
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "a.npz", one=array, two=array[:1])
    for found in (
        read_array(tmp_path / "a.npy"),
        read_array(str(tmp_path / "a.npz"), "one"),
    ):
        assert found.dtype == wanted
        assert found.tolist() == array.tolist()


def test_a_damaged_file_and_a_missing_key_are_refused_by_name(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(1000.0))
    np.savez(tmp_path / "a.npz", pc=np.arange(1000.0))
    for name, key in (("a.npy", None), ("a.npz", "pc")):
        whole = (tmp_path / name).read_bytes()
        for length in (0, 5, 200, len(whole) - 40):
            (tmp_path / f"b{name}").write_bytes(whole[:length])
            with pytest.raises(ValueError, match=f"b{name}: is no complete file"):
                read_array(tmp_path / f"b{name}", key)
    with pytest.raises(ValueError, match=r"a.npz: must hold the key 'votes', .*'pc'"):
        read_array(tmp_path / "a.npz", "votes")
    with pytest.raises(ValueError, match=r"a.npz: must hold a single array"):
        read_array(tmp_path / "a.npz")
    with pytest.raises(ValueError, match=r"a.npy: must hold the key 'pc'"):
        read_array(tmp_path / "a.npy", "pc")
    with pytest.raises(FileNotFoundError, match=r"none.npy"):
        read_array(tmp_path / "none.npy")


def test_whole_numbers_that_int64_cannot_hold_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([0, 2**63 - 1], "uint64"))
    assert read_array(tmp_path / "a.npy").tolist() == [0, 2**63 - 1]
    np.save(tmp_path / "a.npy", np.array([0, 2**63], "uint64"))
    with pytest.raises(ValueError, match=f"a.npy: must be below .*, got {2**63}"):
        read_array(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", np.array([], "uint64"))
    assert read_array(tmp_path / "a.npy").shape == (0,)


def test_python_objects_and_words_are_refused(tmp_path):
    np.save(tmp_path / "o.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "w.npz", pc=np.array(["a", "b"]))
    with pytest.raises(ValueError, match=r"o.npy: is no complete file of numbers"):
        read_array(tmp_path / "o.npy")
    with pytest.raises(ValueError, match=r"w.npz, key 'pc': must hold numbers"):
        read_array(tmp_path / "w.npz", "pc")
