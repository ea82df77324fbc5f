"""What no job may do, because nobody could tell afterwards what came of it."""

import os
import platform
import threading
import time
from types import ModuleType
from typing import Any

_PROCESSES = (
    *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"),
    *("pty.spawn", "subprocess.Popen"),
)
_NETWORK = (
    *("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname"),
    *("socket.gethostbyaddr", "socket.sendto", "socket.sendmsg"),
)


# What is different in each run. Durations may be measured, by time.perf_counter().
CLOCKS: dict[ModuleType, tuple[str, ...]] = {
    os: ("getloadavg", "getpid", "getppid", "times", "uname"),
    platform: ("node", "uname"),
    threading: ("get_ident", "get_native_id"),
    time: (
        *("asctime", "clock_gettime", "clock_gettime_ns", "ctime", "gmtime"),
        *("localtime", "strftime", "time", "time_ns"),
    ),
}


class Refused(OSError):
    """A job tried what no job may do."""


def reason(event: str, arguments: tuple[Any, ...]) -> str:
    """Say why an event is refused, "" if it is not."""
    if event in _PROCESSES:
        return f"it starts another process{_named(event, arguments)}"
    if event in _NETWORK:
        return "it uses the network"
    return ""


def _named(event: str, arguments: tuple[Any, ...]) -> str:
    """The command that would have been started, as far as it is known."""
    if event not in ("os.posix_spawn", "os.system", "subprocess.Popen"):
        return ""
    command = arguments[1] if event == "subprocess.Popen" else arguments[0]
    if isinstance(command, list | tuple):
        command = " ".join(map(str, command))
    elif isinstance(command, bytes):
        command = command.decode(errors="replace")
    return f": {command}"
