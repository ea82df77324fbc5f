"""What all benchmarks share: one core, memory and results beside the time."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import pytest
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

Step = Callable[[], object]
PEAKS: dict[str, dict[str, float]] = defaultdict(dict)
RESULTS: dict[str, dict[str, str]] = defaultdict(dict)
RATIOS: dict[str, dict[str, list[float]]] = defaultdict(dict)
ROUNDS = 10  # the second and the ninth ratio hold the median between them in 98 %


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Time on one core, where implementations can be compared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def two_threads(one_thread) -> None:
    """Many small machines have two cores; `one_thread` puts the number back."""
    torch.set_num_threads(2)


@pytest.fixture
def weigh(benchmark) -> Callable[[str, Step], None]:
    """Note how much memory a step takes, for the table below the times."""

    def note(name: str, step: Step) -> None:
        peak = peak_memory(step) / 2**20
        benchmark.extra_info["peak MiB"] = PEAKS[benchmark.group][name] = peak

    return note


@pytest.fixture
def tell(benchmark) -> Callable[[str, str], None]:
    """Note what a function reached in its time, in words below the times."""

    def note(name: str, words: str) -> None:
        RESULTS[benchmark.group][name] = words

    return note


@pytest.fixture
def in_turns() -> Callable[[str, dict[str, Step], Sequence[nn.Module]], None]:
    """Time steps in turns, where a few percent count and a machine gets warm.

    The first of them is compared with each of the others. Before each step the models
    lose their gradients.
    """

    def compare(
        group: str, steps: dict[str, Step], models: Sequence[nn.Module]
    ) -> None:
        def clear() -> None:
            for model in models:
                model.zero_grad()

        seconds: dict[str, list[float]] = {name: [] for name in steps}
        for step in steps.values():
            step()
        for turn in range(ROUNDS):
            for name in sorted(steps, reverse=bool(turn % 2)):
                clear()
                start = time.perf_counter()
                steps[name]()
                seconds[name].append(time.perf_counter() - start)
        ours, *peers = steps
        for peer in peers:
            pairs = zip(seconds[peer], seconds[ours], strict=True)
            RATIOS[group][peer] = sorted(theirs / own for theirs, own in pairs)
        for name, step in steps.items():
            clear()
            PEAKS[group][name] = peak_memory(step) / 2**20

    return compare


def peak_memory(step: Step) -> int:
    """Bytes of the tensors that a step had made and that were alive at one time.

    Parameters and what else was there before do not count; gradients of parameters do,
    so they are set to None before.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        step()
    events = seen.profiler.kineto_results.events()
    changes = sorted(
        (event.start_ns(), event.nbytes())
        for event in events
        if event.name() == "[memory]"
    )
    alive = peak = 0
    for _, change in changes:
        alive += change
        peak = max(peak, alive)
    return peak


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print ratios of times, results, and peaks beside that of dlnotes or the first."""
    if RATIOS:
        terminalreporter.section("time in turns, divided by that of dlnotes")
    for group, peers in RATIOS.items():
        terminalreporter.write_line(group)
        for name, found in peers.items():
            middle = statistics.median(found)
            terminalreporter.write_line(
                f"  {name:14}{middle:8.3f}, {found[1]:.3f} to {found[-2]:.3f}"
            )
    if PEAKS:
        terminalreporter.section("peak memory of the tensors of a step")
    for group, peaks in PEAKS.items():
        terminalreporter.write_line(group)
        ours = peaks.get("dlnotes", next(iter(peaks.values())))
        for name, peak in peaks.items():
            terminalreporter.write_line(
                f"  {name:14}{peak:8.1f} MiB {peak / ours:6.2f}"
            )
    if RESULTS:
        terminalreporter.section("what was reached")
    for group, results in RESULTS.items():
        terminalreporter.write_line(group)
        for name, words in results.items():
            terminalreporter.write_line(f"  {name:22}{words}")
