"""The environment of a job: the same in every build, and only the job's own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What the interpreter itself may need to start; all else is set here or absent.
_KEPT = ("DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH")
_THREADS = ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
# Up to 1 GiB that tensors leave stays with the process: each step of a training needs
# it again, and asking the system for it took 6 % of the time. Only glibc reads this.
_TUNABLES = ":".join(
    f"glibc.malloc.{name}_threshold={2**30}" for name in ("mmap", "trim")
)


def variables(home: Path) -> dict[str, str]:
    """All environment variables of a job.

    Args:
        home: A folder for whatever the job writes beside its outputs.
    """
    import matplotlib  # here, since a build that runs nothing needs none of it

    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **dict.fromkeys(_THREADS, "1"),
        **dict.fromkeys(("HOME", "TMPDIR"), str(home)),
        "GLIBC_TUNABLES": _TUNABLES,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR") or matplotlib.get_cachedir(),
        "PATH": os.defpath,
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
    }


@contextmanager
def only(chosen: dict[str, str]) -> Iterator[None]:
    """Replace the environment of this process for a while."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(chosen)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
