"""Checks of dlnotes.blocks.cifar."""

import os
import pickle
import struct

import numpy as np
import pytest

from dlnotes.blocks.cifar import BATCHES, read_cifar10, read_cifar_batch

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 3072), dtype="uint8")
LABELS = [3, 9, 0, 5]


def batch(**changes):
    whole = {"data": PIXELS, "labels": LABELS, "batch_label": "one", **changes}
    return {key: value for key, value in whole.items() if value is not None}


def written(folder, content, protocol=2, name="data_batch_1"):
    path = folder / name
    if not isinstance(content, bytes):
        content = pickle.dumps(content, protocol)
    path.write_bytes(content)
    return path


def of_python_2(labels=b"]q\x0a(K\x03K\x09K\x00K\x05e"):
    """The bytes of a batch as Python 2 wrote it, with numpy 1.

    Strings are SHORT_BINSTRING and BINSTRING, which Python 3 no longer writes.
    """

    def word(text):
        return b"U" + bytes([len(text)]) + text

    pixels = PIXELS.tobytes()
    dtype = b"cnumpy\ndtype\n" + word(b"u1") + b"K\x00K\x01\x87R"
    dtype += b"(K\x03" + word(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85"
    array += word(b"b") + b"\x87R(K\x01K\x04M\x00\x0c\x86" + dtype + b"\x89"
    array += b"T" + struct.pack("<i", len(pixels)) + pixels + b"tb"
    return (
        *(b"\x80\x02}(" + word(b"data") + array + word(b"labels") + labels),
        *(word(b"batch_label") + word(b"training batch 1 of 5") + b"u."),
    )


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_batch_is_read_as_it_was_written(tmp_path, protocol):
    read = read_cifar_batch(written(tmp_path, batch(), protocol))
    assert (read.images.numpy() == PIXELS.reshape(4, 3, 32, 32)).all()
    assert read.labels.tolist() == LABELS


def test_a_batch_of_python_2_is_read(tmp_path):
    content = bytes(of_python_2())
    assert (pickle.loads(content, encoding="bytes")[b"data"] == PIXELS).all()
    read = read_cifar_batch(written(tmp_path, content))
    assert (read.images.numpy() == PIXELS.reshape(4, 3, 32, 32)).all()
    assert read.labels.tolist() == LABELS


def test_cifar_100_has_two_keys_of_labels(tmp_path):
    path = written(tmp_path, batch(labels=None, fine_labels=[99, 0, 1, 2]))
    read = read_cifar_batch(path, key="fine_labels", classes=100)
    assert read.labels.tolist() == [99, 0, 1, 2]


def test_five_batches_are_joined_and_the_test_batch_is_apart(tmp_path):
    for number, name in enumerate((*BATCHES, "test_batch")):
        written(tmp_path, batch(labels=[number] * 4), name=name)
    learn, test = read_cifar10(tmp_path)
    assert learn.images.shape == (20, 3, 32, 32)
    assert learn.labels.tolist() == sorted(list(range(5)) * 4)
    assert test.labels.tolist() == [5] * 4
    (tmp_path / "data_batch_4").unlink()
    with pytest.raises(ValueError, match="has no file data_batch_4"):
        read_cifar10(tmp_path)


class Calls:
    """Pickles as the call of a function."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


MALICIOUS = {
    "system": Calls(os.system, "touch {}"),
    "eval": Calls(eval, "open('{}', 'w')"),
    "exec": Calls(exec, "open('{}', 'w')"),
    "open": Calls(open, "{}", "w"),
    "getattr": Calls(getattr, "", "join"),
    "numpy's load": Calls(np.load, "{}"),
    "hidden in data": {"data": Calls(eval, "open('{}', 'w')"), "labels": LABELS},
    "hidden in a label": batch(labels=[1, 2, 3, Calls(eval, "open('{}', 'w')")]),
}


def aimed(value, target):
    """The same pickle, with the path of a file that it would make."""
    if isinstance(value, Calls):
        function, args = value.call
        return Calls(function, *(a.format(target) for a in args))
    if isinstance(value, dict):
        return {key: aimed(one, target) for key, one in value.items()}
    return [aimed(one, target) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("case", MALICIOUS)
def test_a_malicious_pickle_is_refused_before_it_does_anything(
    tmp_path, case, protocol
):
    target = tmp_path / "made"
    path = written(tmp_path, aimed(MALICIOUS[case], target), protocol)
    with pytest.raises(ValueError, match=r"data_batch_1, before byte \d+: .*admitted"):
        read_cifar_batch(path)
    assert not target.exists()


def test_a_pickle_cannot_change_the_reader(tmp_path):
    """It sets an attribute of what stands for numpy.dtype; the next file is read."""
    spoil = b"\x80\x02cnumpy\ndtype\nN}U\x08__name__U\x01xs\x86b."
    for content in (spoil, spoil.replace(b"dtype", b"ndarray")):
        with pytest.raises(ValueError, match="data_batch_1"):
            read_cifar_batch(written(tmp_path, content))
    assert read_cifar_batch(written(tmp_path, batch())).labels.tolist() == LABELS


WHOLE = pickle.dumps(batch(), 2)
CORRUPT = {  # what is wrong: the batch, and what the message says of it
    "empty": (b"", "before byte 0: is no batch"),
    "text": (b"no pickle", "before byte .*: is no batch"),
    "cut in data": (WHOLE[:3000], "before byte .*: is no batch"),
    "cut at the end": (WHOLE[:-1], "before byte .*: is no batch"),
    "longer": (WHOLE + b"..", "byte .*: goes on for 2 bytes"),
    "newer protocol": (b"\x80\xff" + WHOLE[2:], "before byte 2: is no batch"),
    "a list": ([PIXELS, LABELS], "must hold a dict, holds a list"),
    "no data": (batch(data=None), "has no key 'data', only"),
    "no labels": (batch(labels=None), "has no key 'labels', only"),
    "fine labels": (batch(labels=None, fine_labels=LABELS), "has no key 'labels'"),
    "data a list": (batch(data=PIXELS.tolist()), "'data': must be an array, is a list"),
    "data a word": (batch(data="x"), "'data': must be an array, is a"),
    "signed": (batch(data=PIXELS.astype("i1")), "'data': must be of uint8, is of i1"),
    "real": (batch(data=PIXELS / 255), "'data': must be of uint8, is of f8"),
    "objects": (batch(data=PIXELS.astype(object)), "'data': must be of uint8, is of O"),
    "images": (batch(data=PIXELS.reshape(4, 3, 32, 32)), "'data': must be .N, 3072."),
    "narrow": (batch(data=PIXELS[:, :3000].copy()), "'data': must be .N, 3072."),
    "no rows": (batch(data=PIXELS[:0], labels=[]), "is no batch"),
    "columns first": (
        batch(data=np.asfortranarray(PIXELS)),
        "'data': must be bytes, row after row",
    ),
    "a row too many": (
        bytes(of_python_2()).replace(b"K\x04M\x00\x0c", b"K\x05M\x00\x0c"),
        "'data': needs 3072 bytes a row",
    ),
    "fewer labels": (batch(labels=LABELS[:3]), "'labels': must be a list of 4, is 3"),
    "more labels": (batch(labels=LABELS * 2), "'labels': must be a list of 4, is 8"),
    "array of labels": (batch(labels=np.array(LABELS)), "'labels': must be a list"),
    "large label": (batch(labels=[1, 2, 10, 3]), "'labels': .* entry 2 is 10"),
    "negative label": (batch(labels=[1, -1, 1, 3]), "'labels': .* entry 1 is -1"),
    "real label": (batch(labels=[1.0, 1, 1, 3]), "'labels': .* entry 0 is 1.0"),
    "true label": (batch(labels=[1, 1, 1, True]), "'labels': .* entry 3 is True"),
    "word label": (batch(labels=["cat"] * 4), "'labels': .* entry 0 is"),
}


@pytest.mark.parametrize("case", CORRUPT)
def test_a_corrupt_batch_is_refused_with_its_name_and_place(tmp_path, case):
    content, message = CORRUPT[case]
    with pytest.raises(ValueError, match=rf"data_batch_1.*{message}"):
        read_cifar_batch(written(tmp_path, content))


def test_a_missing_file_is_told_as_python_does(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_cifar_batch(tmp_path / "none")
