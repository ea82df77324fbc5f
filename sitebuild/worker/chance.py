"""Makes every source of chance that was not given a seed begin at the same place."""

import os
import random
import threading
import uuid
from collections.abc import Callable
from hashlib import shake_256
from typing import Any

from sitebuild.worker.stand_in import stand_in


def fix(seed: int) -> None:
    """Let what Python and numpy draw from the machine be the same in every run.

    Each thread has a stream of its own, so that their order does not count.
    """
    streams = threading.local()

    def draw(size: int) -> bytes:
        streams.count = getattr(streams, "count", 0) + 1
        return shake_256(f"{seed} {streams.count}".encode()).digest(size)

    for module, name in ((os, "urandom"), (os, "getrandom"), (random, "_urandom")):
        if hasattr(module, name):
            drawn = stand_in(getattr(module, name), lambda size, *_: draw(size))
            setattr(module, name, drawn)
    # Else it would be of the clock and the machine's address.
    uuid.uuid1 = stand_in(uuid.uuid1, lambda *_: uuid.uuid4())
    random.Random.seed = _seeded(random.Random.seed)  # type: ignore[method-assign]


def _seeded(original: Callable[..., None]) -> Callable[..., None]:
    """Take a seed from the same stream where none is given."""

    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        given = int.from_bytes(os.urandom(16)) if a is None else a
        original(self, given, version)

    return stand_in(original, seed)
