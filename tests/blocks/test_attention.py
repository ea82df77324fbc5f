"""Checks of dlnotes.blocks.attention."""

import math

import pytest
import torch
from torch import nn

from dlnotes.blocks.attention import (
    MultiHeadAttention,
    attend,
    attention_weights,
    fused_attend,
)


@pytest.fixture
def tensors(rng):
    """Queries, keys, values, a mask whose row 2 sees nothing, and a bias."""
    draw = rng()
    query, key, value = torch.randn(3, 2, 4, 7, 5, dtype=torch.float64, generator=draw)
    mask = torch.rand(2, 1, 7, 7, generator=draw) > 0.4
    mask[0, 0, 2] = False
    return query, key, value, mask, torch.randn(4, 7, 7, generator=draw).double()


def test_weights_are_those_of_a_loop_over_queries_and_keys(tensors):
    query, key, _, mask, bias = tensors
    weights = attention_weights(query, key, mask=mask, bias=bias)
    for b, h, n in ((0, 0, 0), (1, 3, 6)):
        raised = [
            math.exp(query[b, h, n] @ key[b, h, m] / math.sqrt(5) + bias[h, n, m])
            if mask[b, 0, n, m]
            else 0.0
            for m in range(7)
        ]
        expected = torch.tensor(raised, dtype=torch.float64) / sum(raised)
        torch.testing.assert_close(weights[b, h, n], expected)


def test_a_query_that_sees_nothing_gets_nothing(tensors):
    query, key, value, mask, bias = tensors
    query.requires_grad_()
    for extra in (None, bias):
        weights = attention_weights(query, key, mask=mask, bias=extra)
        assert not weights[0, :, 2].any()
        for function in (attend, fused_attend):
            mixed = function(query, key, value, mask=mask, bias=extra)
            assert not mixed[0, :, 2].any()
            (slope,) = torch.autograd.grad(mixed.sum(), query)
            assert slope.isfinite().all()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_the_fused_kernel_computes_what_is_written_out(tensors, masked, biased):
    *inputs, mask, bias = tensors
    extra = {"mask": mask if masked else None, "bias": bias if biased else None}
    leaves = [x.clone().requires_grad_() for x in inputs]
    results = [function(*leaves, **extra) for function in (attend, fused_attend)]
    torch.testing.assert_close(*results, rtol=0, atol=1e-12)
    slopes = [torch.autograd.grad(r.square().sum(), leaves) for r in results]
    torch.testing.assert_close(*slopes, rtol=0, atol=1e-12)


def test_heads_are_those_of_torchs_own_layer(rng):
    peer = nn.MultiheadAttention(12, 3, batch_first=True, dtype=torch.float64)
    ours = MultiHeadAttention(12, 3).double()
    fill(peer, rng())
    stacked = zip(peer.in_proj_weight.chunk(3), peer.in_proj_bias.chunk(3), strict=True)
    with torch.no_grad():
        for part, (weight, bias) in zip(
            (ours.query, ours.key, ours.value), stacked, strict=True
        ):
            part.weight.copy_(weight)
            part.bias.copy_(bias)
    ours.output.load_state_dict(peer.out_proj.state_dict())
    x = torch.randn(2, 6, 12, dtype=torch.float64, generator=rng(1))
    hidden = torch.zeros(6, 6, dtype=torch.bool).index_fill_(1, torch.tensor([4]), True)
    expected, weights = peer(x, x, x, attn_mask=hidden, average_attn_weights=False)
    torch.testing.assert_close(ours(x, mask=~hidden), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(ours.weights(x, mask=~hidden), weights)


@pytest.mark.parametrize("training", [False, True])
def test_rows_one_behind_the_other_see_themselves_alone(rng, training):
    layer = MultiHeadAttention(8, 2).double().train(training)
    rows = [torch.randn(n, 8, generator=rng(n)).double() for n in (3, 1, 5)]
    mixed = layer(torch.cat(rows), lengths=[3, 1, 5])
    torch.testing.assert_close(mixed, torch.cat([layer(row) for row in rows]))
    nothing = layer(torch.cat(rows)[:0], lengths=[])
    assert nothing.shape == (0, mixed.shape[1])
    wrong = ([3, 1], [10, -1])
    masked = {"lengths": [9], "mask": torch.ones(9, 9) > 0}
    for given in (*({"lengths": lengths} for lengths in wrong), masked):
        with pytest.raises(ValueError, match="lengths"):
            layer(torch.cat(rows), **given)


def test_dropout_acts_in_train_mode_alone(rng):
    layer = MultiHeadAttention(8, 2, dropout=0.5)
    x = torch.randn(1, 5, 8, generator=rng())
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"query": torch.ones(2, 3)}, ValueError),
        ({"value": torch.ones(5, 4)}, ValueError),
        ({"key": torch.ones(4)}, ValueError),
        ({"mask": torch.ones(9, dtype=torch.bool)}, ValueError),
        ({"mask": torch.ones(6)}, TypeError),
        ({"bias": torch.ones(6, dtype=torch.int64)}, TypeError),
    ],
)
def test_shapes_and_types_that_do_not_fit_are_refused(change, error):
    given = {name: torch.ones(6, 4) for name in ("query", "key", "value")} | change
    with pytest.raises(error, match="must"):
        fused_attend(**given)


@pytest.mark.parametrize("given", [(8, 3), (0, 1), (8, 0)])
def test_heads_that_do_not_divide_are_refused(given):
    with pytest.raises(ValueError, match="must"):
        MultiHeadAttention(*given)
    with pytest.raises(ValueError, match=r"dropout .* got 1"):
        MultiHeadAttention(8, 2, dropout=1)


def fill(module: nn.Module, draw: torch.Generator) -> None:
    """Draw every parameter: a fresh one is often 0 or 1 and hides mistakes."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0, 0.2, generator=draw)


@pytest.mark.parametrize("shape", [(2, 1, 3, 3), (2, 1, 2, 3, 3), (1, 3, 3, 1)])
def test_extras_of_another_batch_or_of_more_axes_are_refused(shape):
    """They would have to enlarge the scores of one text."""
    model, x = MultiHeadAttention(6, 2), torch.ones(1, 3, 6)
    with pytest.raises(ValueError, match=r"mask must broadcast to \(1, 2, 3, 3\)"):
        model(x, mask=torch.ones(shape, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"bias must broadcast to \(1, 2, 3, 3\)"):
        model.weights(x, bias=torch.zeros(shape))


@pytest.mark.parametrize("masked", [False, True])
def test_a_bias_of_minus_infinity_hides_keys(masked, rng):
    """Also all of them, together with a mask."""
    x, bias = torch.randn(2, 3, 4, generator=rng()), torch.zeros(3, 3)
    bias[0], bias[1, 0] = -math.inf, -math.inf
    mask = torch.tensor([[True] * 3, [True, False, False], [True] * 3])
    extras = {"bias": bias.double(), "mask": mask if masked else None}
    found = attend(x, x, x, **extras)
    assert not found[:, 0].any()
    assert bool(found[:, 1].any()) != masked
    torch.testing.assert_close(found, fused_attend(x, x, x, **extras))


def test_a_row_without_tokens_is_none_in_train_mode_too(rng):
    layer, x = MultiHeadAttention(8, 2, dropout=0.3), torch.randn(7, 8, generator=rng())
    assert layer.train()(x, lengths=[3, 0, 4]).isfinite().all()
