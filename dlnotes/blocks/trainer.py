"""A training loop that stops, goes on where it stopped, and runs on several processes.

A script that calls `torch.distributed.init_process_group()` and then uses a `Trainer`
is started on the eight devices of a machine by

    torchrun --nproc-per-node=8 script.py

and gives the losses that one process gives: every process draws the whole batch with
all of its noise from an equal generator, takes its own part, and what is summed is
divided by the count of all. `dlnotes.blocks.dropout.Dropout` draws for the whole batch,
too; what else a model draws is its own in each process.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from dlnotes.blocks.checks import check_count, check_module
from dlnotes.blocks.dropout import share_of_batch

Draw = Callable[[Generator], Sequence[Tensor]]
Loss = Callable[..., tuple[Tensor, Tensor]]


class Trainer:
    """Train a model step by step.

    Args:
        model: Has parameters to train; its mode stays as it is.
        optimizer: Of these parameters.
        draw: Draws a batch: tensors with one first dimension, all of its noise among
            them.
        loss: Maps the model and such tensors to a sum over the rows and to the count by
            which it is to be divided, both scalars.
        generator: Source of what is drawn, equal in all processes; it also seeds what
            the model draws in a step. `None` means torch's global one, for a single
            process only.
        schedule: Changes the learning rate after each step.
        evaluate: Maps the model, in the mode that it has, to a number, which is kept
            in the history.
        every: Steps between two evaluations, and between two lines of progress.
        bfloat16: Whether matrices are multiplied in that precision (`torch.autocast`).
        tell: Shows a line of progress; `None` is silent. One process of several tells.

    Attributes:
        step: Number of steps taken.
        history: For each step its loss, and after each evaluation its result, as
            `{"step": ..., "loss": ..., "evaluation": ...}`.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        draw: Draw,
        loss: Loss,
        *,
        schedule: LRScheduler | None = None,
        evaluate: Callable[[nn.Module], float] | None = None,
        every: int = 100,
        bfloat16: bool = False,
        tell: Callable[[str], None] | None = None,
        generator: Generator | None = None,
    ) -> None:
        check_module("model", model)
        check_count("every", every)
        self.model, self.optimizer, self.schedule = model, optimizer, schedule
        self.draw, self.loss, self.evaluate = draw, loss, evaluate
        self.every, self.bfloat16, self.tell = every, bfloat16, tell
        self.generator = torch.default_generator if generator is None else generator
        self.step = 0
        self.history: list[dict[str, float]] = []
        several = distributed.is_available() and distributed.is_initialized()
        self.rank = distributed.get_rank() if several else 0
        self.processes = distributed.get_world_size() if several else 1
        if several and generator is None:
            raise ValueError("generator must be given to several processes, got None")
        self._wrapped = DistributedDataParallel(model) if several else model
        found = {p.device.index for p in model.parameters() if p.is_cuda}
        self._devices = sorted(found)

    def run(self, steps: int) -> None:
        """Train until so many steps were taken, counted from the very first.

        Args:
            steps: Where to stop; nothing happens if that is reached already.
        """
        check_count("steps", steps, least=0)
        while self.step < steps:
            entry: dict[str, float] = {"step": self.step + 1, "loss": self._take_step()}
            self.step += 1
            if self.step % self.every == 0:
                if self.evaluate is not None:
                    entry["evaluation"] = self.evaluate(self.model)
                if self.tell is not None and self.rank == 0:
                    self.tell(f"step {self.step} of {steps}: {_shown(entry)}")
            self.history.append(entry)

    def save(self, path: str | Path) -> None:
        """Store all that is needed to go on to the bit; the first process writes it."""
        if self.rank == 0:
            torch.save(self._state(), path)
        if self.processes > 1:
            distributed.barrier()

    def load(self, path: str | Path) -> None:
        """Go on where the trainer stopped that was saved; it had the same parts."""
        state = torch.load(path, map_location="cpu", weights_only=True)
        for part, kept in zip(self._parts(), state["parts"], strict=True):
            part.load_state_dict(kept)
        self.step, self.history = state["step"], state["history"]
        self.generator.set_state(state["drawn"])

    def _take_step(self) -> float:
        """Take one step; gives the loss of the whole batch."""
        batch = self.draw(self.generator)
        total, count = self._measure(batch)
        found = torch.stack([total.detach().double(), count.detach().double()])
        if self.processes > 1:
            distributed.all_reduce(found)
        if found[1] <= 0:
            raise ValueError(f"loss must count something, got a count of {found[1]:g}")
        self.optimizer.zero_grad()
        # Gradients are averaged over processes, and should be added.
        torch.autograd.backward(total * (self.processes / float(found[1])))
        self.optimizer.step()
        if self.schedule is not None:
            self.schedule.step()
        return float(found[0] / found[1])

    def _measure(self, batch: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Sum and count of this process's rows, whose dropout has a seed of its own."""
        seed = int(torch.randint(2**62, (), generator=self.generator))
        part = [tensor[self.rank :: self.processes] for tensor in batch]
        kind = part[0].device.type
        with (
            torch.random.fork_rng(self._devices),
            share_of_batch(self.rank, self.processes, len(batch[0])),
            torch.autocast(kind, torch.bfloat16, enabled=self.bfloat16),
        ):
            torch.default_generator.manual_seed(seed)
            for device in self._devices:
                torch.cuda.default_generators[device].manual_seed(seed)
            return self.loss(self._wrapped, *part)

    def _parts(self) -> list[Any]:
        parts = [self.model, self.optimizer, self.schedule]
        return [part for part in parts if part is not None]

    def _state(self) -> dict[str, Any]:
        return {
            "parts": [part.state_dict() for part in self._parts()],
            "step": self.step,
            "history": self.history,
            "drawn": self.generator.get_state(),
        }


def tell_on_screen(line: str) -> None:
    """Write a line of progress over the last one, to the standard error.

    Args:
        line: What to write.
    """
    print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


def _shown(entry: dict[str, float]) -> str:
    return ", ".join(f"{name} {x:.4g}" for name, x in entry.items() if name != "step")
