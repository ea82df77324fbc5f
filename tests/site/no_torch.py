"""Stands in for torch in a small project: it takes seconds to load, in every build.

It has what a build asks of torch before it starts a script or a lab.
"""

from types import SimpleNamespace


def ignore(*_: object) -> None:
    """Take anything."""


manual_seed = set_default_dtype = set_num_threads = from_file = ignore
float32 = None
_C = SimpleNamespace(PyTorchFileReader=ignore)
jit = SimpleNamespace(load=ignore)
UntypedStorage = SimpleNamespace(from_file=ignore)
