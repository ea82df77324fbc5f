"""Checks of dlnotes.bert.albert; parity is in test_loading.py."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from dlnotes.bert.albert import share_layers, table_parameters
from dlnotes.bert.model import Bert
from tests.blocks.test_attention import fill

SIZES = {"dim": 12, "depth": 4, "heads": 3, "width": 6}


def test_a_narrow_table_and_a_matrix_are_counted():
    """Eq. (factorized), and what the model has beyond a plain one."""
    narrow, wide = (Bert(50, dim=12, depth=1, heads=2, width=w) for w in (6, None))
    for model, width in ((narrow, 6), (wide, None)):
        weights = model.embedding.words.numel()
        if width:
            weights += model.project.weight.numel()
        assert weights == table_parameters(50, 12, width=width)
    assert table_parameters(30000, 768, width=128) == 3_938_304


def test_two_tables_are_worth_one_of_low_rank(rng):
    """The product of table and matrix has rank E: vectors of D numbers, few of them."""
    model = Bert(50, dim=12, depth=1, heads=2, width=3).double()
    vectors = model.embedding.words @ model.project.weight.T
    assert vectors.shape == (50, 12)
    assert torch.linalg.matrix_rank(vectors) == 3


def test_one_layer_is_called_as_often_as_there_were_layers(rng):
    """Eq. (shared-layers)."""
    model = share_layers(Bert(20, **SIZES).double())
    fill(model, rng())
    tokens = torch.randint(20, (2, 5), generator=rng(1))
    x, layer = model.start(tokens), model.layers()[0]
    for _ in range(4):
        x = layer(x)
    torch.testing.assert_close(model(tokens), x)
    assert len(model.hidden_states(tokens)) == 5


def test_sharing_saves_parameters_and_no_multiplication(rng):
    whole, shared = Bert(20, **SIZES), share_layers(Bert(20, **SIZES))
    tokens = torch.randint(20, (2, 5), generator=rng())
    costs = []
    for model in (whole, shared):
        with FlopCounterMode(display=False) as counter:
            model(tokens)
        costs.append(counter.get_total_flops())
    assert costs[0] == costs[1] > 0
    each = sum(p.numel() for p in whole.layers()[0].parameters())
    counts = [sum(p.numel() for p in m.parameters()) for m in (whole, shared)]
    assert counts[0] - counts[1] == 3 * each


def test_gradients_of_a_shared_layer_are_the_sum_over_its_calls(rng):
    shared = share_layers(Bert(20, **SIZES).double())
    fill(shared, rng())
    whole = Bert(20, **SIZES).double()
    whole.load_state_dict(shared.state_dict())
    tokens = torch.randint(20, (2, 5), generator=rng(1))
    for model in (whole, shared):
        torch.autograd.backward(model(tokens).square().sum())
    added = sum(layer.norm1.weight.grad for layer in whole.layers())
    torch.testing.assert_close(shared.layers()[0].norm1.weight.grad, added)


@pytest.mark.parametrize("given", [(0, 5, 2), (5, 0, 2), (5, 5, 0)])
def test_what_is_no_size_is_refused(given):
    with pytest.raises(ValueError, match="must be at least 1, got 0"):
        table_parameters(given[0], given[1], width=given[2])
