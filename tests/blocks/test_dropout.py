"""Checks of dlnotes.blocks.dropout."""

import pytest
import torch

from dlnotes.blocks.dropout import Dropout, share_of_batch
from tests.statistics import within


@pytest.mark.parametrize("rows", [False, True])
def test_what_is_dropped_keeps_the_mean(rows):
    x = torch.ones(20_000, 3)
    drop = Dropout(0.25, rows=rows).train()
    torch.manual_seed(0)
    dropped = drop(x)
    assert set(dropped.unique().tolist()) == {0.0, torch.tensor(1 / 0.75).item()}
    assert torch.equal(dropped[:, 0], dropped[:, 1]) == rows
    assert within(dropped[:, 0], 1.0)


def test_nothing_is_dropped_where_nothing_should_be():
    x = torch.ones(5, 3)
    assert Dropout(0.25).eval()(x) is x
    assert Dropout(0.0).train()(x) is x


@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("each", [1, 4])
@pytest.mark.parametrize("processes", [2, 3])
def test_processes_drop_what_one_process_drops(processes, each, rows):
    """Seven rows, or seven times four windows, shared out one by one."""
    drop, x = Dropout(0.5, rows=rows).train(), torch.ones(7 * each, 6)
    torch.manual_seed(0)
    expected = drop(x).view(7, each, 6)
    for rank in range(processes):
        part = x.view(7, each, 6)[rank::processes].reshape(-1, 6)
        torch.manual_seed(0)
        with share_of_batch(rank, processes, 7):
            found = drop(part)
        assert torch.equal(found, expected[rank::processes].reshape(-1, 6))


def test_after_its_share_a_process_draws_for_itself():
    with share_of_batch(1, 2, 4):
        assert Dropout(0.5)(torch.ones(2, 3)).shape == (2, 3)
    assert Dropout(0.5)(torch.ones(5, 3)).shape == (5, 3)


def test_a_process_without_rows_drops_nothing():
    with share_of_batch(2, 3, 2):
        assert Dropout(0.5)(torch.ones(0, 3)).shape == (0, 3)


def test_other_rows_than_those_of_the_batch_are_refused():
    with (
        share_of_batch(0, 2, 4),
        pytest.raises(
            ValueError, match=r"x must hold the 2 rows .* got shape \(3, 5\)"
        ),
    ):
        Dropout(0.5)(torch.ones(3, 5))
    with pytest.raises(ValueError, match=r"rate of dropout .* got 1"):
        Dropout(1.0)
    with (
        pytest.raises(ValueError, match=r"rank must be .* got 2"),
        share_of_batch(2, 2, 4),
    ):
        pass
