"""Checks of dlnotes.toy.text."""

import re
import subprocess
import sys

import pytest

from dlnotes.toy.text import REPLACED, label_sentences, load_documents

FIRST = "Concatenate any number of strings."
CHANGED = """
from dlnotes.toy.text import load_documents

before = load_documents()
import scipy.special
from IPython.core.interactiveshell import InteractiveShell
from sitebuild.worker import chance, silent

InteractiveShell.instance()
chance.fix(0)
silent.wrap(*[lambda *_: None] * 3)
assert load_documents() == before
"""


@pytest.fixture(scope="module")
def documents():
    return load_documents()


def test_each_library_has_thousands_of_sentences_and_they_repeat(documents):
    """Lower bounds: other versions of a library have other documentation."""
    assert list(documents) == ["python", "numpy", "torch"]
    for library, texts in documents.items():
        assert sum(map(len, texts)) > 2000, library
        assert all(texts)
    assert load_documents() == documents


def test_no_sentence_comes_twice(documents):
    """Else a sentence to test on could be one that was learned from."""
    sentences = [s for texts in documents.values() for text in texts for s in text]
    assert len(set(sentences)) == len(sentences)


def test_sentences_are_prose(documents):
    """A capital first, a full stop last, no code, no markup that names the library."""
    for texts in documents.values():
        for sentence in (s for text in texts for s in text):
            assert sentence[0].isupper()
            assert sentence[-1] in ".!?"
            assert 5 <= len(sentence.split()) <= 40
            assert not re.search(r">>>|:\w+:`|``|\n", sentence)


def test_sentences_keep_their_order(documents):
    """The first lines of what everybody knows."""
    (text,) = [t for t in documents["python"] if t[0] == FIRST]
    assert text[:2] == [
        FIRST,
        "The string whose method is called is inserted in between each given string.",
    ]


def test_what_else_is_loaded_makes_no_difference():
    """Nor do a notebook and the build, which put functions of theirs in place."""
    subprocess.run([sys.executable, "-c", CHANGED], check=True)


def test_what_others_put_into_a_module_is_not_its_own(documents, monkeypatch):
    def warn_once():
        """Say something that nobody has said before."""

    warn_once.__module__ = "elsewhere.logging"
    monkeypatch.setattr("logging.Logger.warn_once", warn_once, raising=False)
    monkeypatch.setattr("numpy.warn_once", warn_once, raising=False)
    for name in REPLACED:
        monkeypatch.setattr(name, warn_once)
    assert load_documents() == documents
    warn_once.__module__ = "numpy.logging"
    assert load_documents() != documents


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy.fft", None)
    with pytest.raises(ImportError, match=r"load_documents needs numpy\.fft"):
        load_documents()


def test_sentences_know_their_library_and_documents_are_not_parted(documents):
    texts, labels, held = label_sentences()
    assert labels.bincount().tolist() == [
        sum(map(len, parts)) for parts in documents.values()
    ]
    assert 0.15 < held.float().mean() < 0.25
    place = 0
    for parts in documents.values():
        for document in parts:
            end = place + len(document)
            assert texts[place:end] == document
            assert held[place:end].unique().numel() == 1
            place = end
