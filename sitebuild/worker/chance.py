"""Makes every source of chance that was not given a seed begin at the same place."""

import os
import random
import threading
import uuid
from collections.abc import Callable
from hashlib import shake_256
from typing import Any


def fix(seed: int) -> None:
    """Let what Python and numpy draw from the machine be the same in every run.

    Each thread has a stream of its own, so that their order does not count.
    """
    streams = threading.local()

    def drawn(size: int, *_: Any) -> bytes:
        streams.count = getattr(streams, "count", 0) + 1
        return shake_256(f"{seed} {streams.count}".encode()).digest(size)

    for module, name in ((os, "urandom"), (os, "getrandom"), (random, "_urandom")):
        if hasattr(module, name):
            setattr(module, name, drawn)
    uuid.uuid1 = lambda *_: uuid.uuid4()  # of the clock and the machine's address
    random.Random.seed = _seeded(random.Random.seed)  # type: ignore[method-assign]


def _seeded(original: Callable[..., None]) -> Callable[..., None]:
    """Take a seed from the same stream where none is given."""

    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        given = int.from_bytes(os.urandom(16)) if a is None else a
        original(self, given, version)

    return seed
