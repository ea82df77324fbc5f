"""Checks of dlnotes.blocks.trainer."""

import pytest
import torch
from torch import distributed, nn
from torch.optim.lr_scheduler import OneCycleLR

from dlnotes.blocks.encoder import Encoder
from dlnotes.blocks.trainer import Trainer, tell_on_screen


def draw(generator):
    """Rows, targets, and for each row which of its entries count."""
    x = torch.randn(7, 5, 8, generator=generator)
    return x, x.flip(-1), torch.rand(7, 5, generator=generator) < 0.4


def loss(model, x, target, mask):
    errors = (model(x) - target).square().mean(-1)
    return (errors * mask).sum(), mask.sum()


def trainer(*, dropout=0.0, steps=12, adam=True, **options):
    torch.manual_seed(0)
    model = Encoder(8, 1, 2, dropout=dropout)
    kind = torch.optim.AdamW if adam else torch.optim.SGD
    optimizer = kind(model.parameters(), lr=1e-2)
    schedule = OneCycleLR(optimizer, 1e-2, total_steps=steps)
    generator = torch.Generator().manual_seed(1)
    options = {"schedule": schedule, "generator": generator} | options
    return Trainer(model, optimizer, draw, loss, **options)


def test_a_step_divides_the_sum_by_the_count():
    """One step of plain gradient descent, by hand."""
    weight = nn.Linear(2, 1, bias=False)
    start = weight.weight.detach().clone()
    x, mask = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([True, False])
    found = Trainer(
        weight,
        torch.optim.SGD(weight.parameters(), lr=0.1),
        lambda _: (x, mask),
        lambda model, x, mask: ((model(x)[:, 0] * mask).sum(), mask.sum()),
        generator=torch.Generator(),
    )
    found.run(1)
    torch.testing.assert_close(weight.weight.detach(), start - 0.1 * x[:1])
    assert found.history == [
        {"step": 1, "loss": pytest.approx((start @ x[0]).item(), abs=1e-6)}
    ]


def test_what_was_interrupted_goes_on_to_the_bit(tmp_path):
    """With dropout, a schedule, momenta and a history."""
    whole, first, second = (trainer(dropout=0.3) for _ in range(3))
    whole.run(12)
    first.run(5)
    first.save(tmp_path / "state.pt")
    torch.manual_seed(99)
    second.load(tmp_path / "state.pt")
    second.run(12)
    assert second.history == whole.history
    for mine, other in zip(
        second.model.parameters(), whole.model.parameters(), strict=True
    ):
        assert torch.equal(mine, other)


def run_part(rank, folder):
    """What each of two processes does; the loop is the same."""
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2
    )
    with pytest.raises(ValueError, match="generator must be given to several"):
        trainer(generator=None)
    found = trainer(steps=8, adam=False, dropout=0.3)
    found.run(4)
    found.save(f"{folder}/state.pt")  # both do, and go on with what one has written
    found = trainer(steps=8, adam=False, dropout=0.3)
    torch.manual_seed(rank)  # what they draw elsewhere differs
    found.load(f"{folder}/state.pt")
    found.run(8)
    torch.save([entry["loss"] for entry in found.history], f"{folder}/{rank}.pt")
    distributed.destroy_process_group()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_two_processes_give_the_losses_of_one(tmp_path):
    """Rows four and three, unequal counts; SGD feels the scale of gradients."""
    alone = trainer(steps=8, adam=False, dropout=0.3)
    alone.run(8)
    torch.multiprocessing.spawn(run_part, (str(tmp_path),), nprocs=2)
    expected = [entry["loss"] for entry in alone.history]
    for rank in range(2):
        losses = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        assert losses == pytest.approx(expected, abs=1e-5)
    assert len(set(expected)) == 8


def test_it_evaluates_and_tells_now_and_then(capsys):
    lines = []
    found = trainer(evaluate=lambda model: 0.5, every=4, tell=lines.append)
    found.run(9)
    told = [entry["step"] for entry in found.history if "evaluation" in entry]
    assert told == [4, 8]
    assert lines[0].startswith("step 4 of 9: loss ")
    assert lines[0].endswith(", evaluation 0.5")
    tell_on_screen("step 1")
    assert capsys.readouterr().err.endswith("step 1")


def test_bfloat16_changes_the_multiplications_alone():
    full, half = trainer(), trainer(bfloat16=True)
    full.run(3)
    half.run(3)
    pairs = zip(full.history, half.history, strict=True)
    gaps = [abs(a["loss"] - b["loss"]) / a["loss"] for a, b in pairs]
    assert 0 < max(gaps) < 0.03  # eight bits are 0.4 %
    assert all(p.dtype == torch.float32 for p in half.model.parameters())


def test_a_batch_that_counts_nothing_is_refused():
    found = trainer()
    found.draw = lambda generator: (*draw(generator)[:2], torch.zeros(7, 5))
    with pytest.raises(ValueError, match="loss must count something, got a count of 0"):
        found.run(1)


def test_a_number_of_steps_that_is_none_is_refused():
    with pytest.raises(ValueError, match="steps must be at least 0, got -1"):
        trainer().run(-1)
