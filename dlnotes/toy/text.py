"""Real English that needs no download: the documentation inside of three libraries.

Python's own documentation (PSF licence) and those of numpy and torch (BSD licence) are
read in memory, from the docstrings of modules that are installed anyway, and from the
reference of the language in `pydoc_data.topics`. Another version of a library has other
sentences. What else is loaded should make no difference: what other packages put into
these modules is left out, and so is what some are known to replace.
"""

import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from zlib import crc32

import torch
from torch import Tensor

MODULES = {
    "python": (
        *("argparse", "array", "ast", "asyncio", "base64", "bisect", "calendar", "cmd"),
        *("codecs", "collections", "concurrent.futures", "configparser", "contextlib"),
        *("copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "doctest"),
        *("email.message", "enum", "fileinput", "fractions", "ftplib", "functools"),
        *("gettext", "gzip", "hashlib", "heapq", "html", "http.client", "imaplib"),
        *("inspect", "io", "ipaddress", "itertools", "json", "locale", "logging"),
        *("logging.handlers", "mailbox", "math", "mimetypes", "multiprocessing"),
        *("numbers", "operator", "optparse", "os", "os.path", "pathlib", "pickle"),
        *("platform", "pprint", "queue", "random", "sched", "shelve", "shutil"),
        *("smtplib", "socket", "socketserver", "ssl", "statistics", "string", "struct"),
        *("subprocess", "sys", "tarfile", "tempfile", "textwrap", "threading", "time"),
        *("tokenize", "trace", "traceback", "unittest", "unittest.mock", "uuid"),
        *("urllib.parse", "urllib.request", "weakref", "xml.dom.minidom"),
        *("xml.etree.ElementTree", "xmlrpc.client", "zipfile", "builtins"),
    ),
    "numpy": (
        *("numpy", "numpy.char", "numpy.fft", "numpy.lib.stride_tricks"),
        *("numpy.linalg", "numpy.ma", "numpy.polynomial", "numpy.random"),
        "numpy.testing",
    ),
    "torch": (
        *("torch", "torch.autograd", "torch.distributions", "torch.fft", "torch.func"),
        *("torch.linalg", "torch.nn", "torch.nn.functional", "torch.nn.init"),
        *("torch.nn.utils", "torch.optim", "torch.optim.lr_scheduler"),
        *("torch.sparse", "torch.special", "torch.utils.data"),
    ),
}
# IPython, SciPy, PyTorch Geometric and programs that watch what is read change these.
REPLACED = {
    *("builtins.input", "sys.breakpointhook", "sys.displayhook", "sys.excepthook"),
    *("numpy.sinc", "torch.UntypedStorage", "torch.index_select", "torch.select"),
}
SENTENCE = re.compile(r"[A-Z][^.!?]*(?:[.!?](?!\s)[^.!?]*)*[.!?](?=\s|$)")
NO_PROSE = re.compile(
    r">>>|::|---|===|[|{}\\]|^\s*[\w*, ]+ : |\bversion(?:added|chang)"
    r"|^\s*(?:Args|Arguments|Parameters|Returns|Raises|Keyword \w+)\s*:"
)
ROLE = re.compile(
    r":\w+:`~?\.?([^`<]*)[^`]*`"
)  # of Sphinx, which would name the library
SHORT = re.compile(r"\b(e\.g|i\.e|etc|vs|cf)\.(?=[\s,)])")  # a point that ends nothing
ODD = re.compile(r"[^A-Za-z0-9 .,;:!?'\"()\-`*_/=<>\[\]+%#&@~]")


def load_documents() -> dict[str, list[list[str]]]:
    """Read the prose of the documentation of Python, numpy and torch.

    Code, tables, lists of parameters and sentences of fewer than 5 or more than 40
    words are left out, and so is a sentence that came before, in whichever library.

    Returns:
        For each library its documents, in a fixed order, and of each document the
        sentences in theirs.

    Raises:
        ImportError: If numpy is not installed.
        ValueError: If Python runs without docstrings (`-OO`).

    Examples:
        >>> documents = load_documents()
        >>> list(documents), len(documents["numpy"]) > 500
        (['python', 'numpy', 'torch'], True)
    """
    seen: set[str] = set()
    found = {
        library: [kept for text in _texts(library) if (kept := _sentences(text, seen))]
        for library in MODULES
    }
    if not found["numpy"]:
        raise ValueError("docstrings must be there, got none: run Python without -OO")
    return found


def label_sentences() -> tuple[list[str], Tensor, Tensor]:
    """Ask of each sentence which library it documents.

    Returns:
        The sentences; for each the number of its library, 0 for Python, 1 for numpy, 2
        for torch; and whether it is held out, all sentences of about a fifth of the
        documents. Whether a document is follows from its first sentence.
    """
    found = [
        (sentence, library, crc32(document[0].encode()) % 5 == 0)
        for library, documents in enumerate(load_documents().values())
        for document in documents
        for sentence in document
    ]
    texts, labels, held = (list(column) for column in zip(*found, strict=True))
    return texts, torch.tensor(labels), torch.tensor(held)


def _texts(library: str) -> list[str]:
    """Different documentation texts of a library, in a fixed order."""
    texts: dict[str, None] = {}
    if library == "python":
        topics = importlib.import_module("pydoc_data.topics").topics
        texts.update(dict.fromkeys(topics[key] for key in sorted(topics)))
    for name in MODULES[library]:
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            raise ImportError(f"load_documents needs {name} installed") from error
        texts.update(dict.fromkeys(_docstrings(module, name.split(".")[0])))
    return list(texts)


def _docstrings(module: ModuleType, root: str) -> Iterator[str]:
    """Docstrings of a module, its functions and classes, and their methods."""
    yield _cleaned(module)
    for name, value in sorted(vars(module).items()):
        if name.startswith("_") or f"{module.__name__}.{name}" in REPLACED:
            continue
        if isinstance(value, ModuleType) or not _belongs(value, root):
            continue
        yield _cleaned(value)
        if isinstance(value, type):
            for member, inner in sorted(vars(value).items()):
                if not member.startswith("_") and _belongs(inner, root):
                    yield _cleaned(inner)


def _belongs(value: Any, root: str) -> bool:
    """Whether something is of a library; the modules of Python count as one."""
    home = getattr(value, "__module__", None)
    if not isinstance(home, str):
        return True
    own = sys.stdlib_module_names if root in sys.stdlib_module_names else {root}
    return home.split(".")[0] in own


def _cleaned(value: Any) -> str:
    text = getattr(value, "__doc__", None)
    return inspect.cleandoc(text) if isinstance(text, str) else ""


def _sentences(text: str, seen: set[str]) -> list[str]:
    """Sentences of a text that were not seen before, paragraph by paragraph."""
    kept = []
    for paragraph in re.split(r"\n\s*\n", text):
        plain = ROLE.sub(r"`\1`", paragraph).replace("``", "`")
        if NO_PROSE.search(plain):
            continue
        flat = " ".join(plain.split())
        flat = SHORT.sub(lambda found: found[1].replace(".", ""), flat)
        for sentence in SENTENCE.findall(flat):
            prose = not ODD.search(sentence) and 5 <= len(sentence.split()) <= 40
            if prose and sentence not in seen:
                seen.add(sentence)
                kept.append(sentence)
    return kept
