"""Checks of dlnotes.flexible_vit.windows."""

from unittest.mock import patch

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from transformers import SwinConfig
from transformers.models.swin.modeling_swin import SwinLayer

from dlnotes.blocks import attention
from dlnotes.flexible_vit.windows import (
    WindowLayer,
    join_windows,
    shift_mask,
    split_windows,
    window_multiply_adds,
)


def test_windows_hold_neighbors_and_join_again(rng):
    """Eq. (windows)."""
    x = torch.randn(2, 6, 9, 4, generator=rng())
    windows = split_windows(x, 3)
    assert torch.equal(windows[1, 4], x[1, 3:6, 3:6].reshape(9, 4))
    assert torch.equal(join_windows(windows, 3, 2), x)


def test_only_what_was_near_sees_each_other():
    """Eq. (shift-mask), by the places before the roll."""
    mask = shift_mask(6, 9, 3, 1)
    rows, columns = torch.meshgrid(torch.arange(6), torch.arange(9), indexing="ij")
    places = torch.stack([rows, columns], -1).roll((-1, -1), (0, 1))
    for window, seen in zip(split_windows(places[None] * 1.0, 3)[0], mask, strict=True):
        near = (window[:, None] - window).abs().amax(-1) < 3
        assert torch.equal(seen, near)


@pytest.mark.parametrize(
    ("grid", "shift"), [((8, 12), 0), ((8, 12), 2), ((4, 12), 2), ((4, 4), 2)]
)
def test_a_layer_is_that_of_transformers(grid, shift, rng):
    """Eq. (window-attention): values, and slopes by input and by every parameter."""
    config = SwinConfig(window_size=4, attn_implementation="sdpa")
    peer = SwinLayer(config, 16, grid, 2, shift_size=shift).double().eval()
    for parameter in peer.parameters():
        nn.init.normal_(parameter, std=0.5, generator=rng(parameter.numel()))
    ours = WindowLayer(16, 2, 4, shift=shift).double()
    theirs = {name: value.detach() for name, value in peer.named_parameters()}
    table = theirs.pop("attention.relative_position_bias.relative_position_bias_table")
    names = {
        "attention.q_proj": "attention.query",
        "attention.k_proj": "attention.key",
        "attention.v_proj": "attention.value",
        "attention.o_proj": "attention.output",
        "layernorm_before": "norm1",
        "layernorm_after": "norm2",
        "mlp.fc1": "feed_forward.expand",
        "mlp.fc2": "feed_forward.reduce",
    }
    state = {"bias_table": table.T.reshape(2, 7, 7)}
    for name, value in theirs.items():
        module, _, kind = name.rpartition(".")
        state[f"{names[module]}.{kind}"] = value
    ours.load_state_dict(state)
    x = torch.randn(2, *grid, 16, dtype=torch.float64, generator=rng())
    given, same = (x.clone().requires_grad_() for _ in range(2))
    found, wanted = ours(given), peer(same.flatten(1, 2), grid)[0].view_as(x)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-10)
    pull = torch.randn(x.shape, dtype=torch.float64, generator=rng(1))
    found.backward(pull)
    wanted.backward(pull)
    torch.testing.assert_close(given.grad, same.grad, rtol=0, atol=1e-9)
    slopes = {name: p.grad for name, p in ours.named_parameters()}
    for name, parameter in peer.named_parameters():
        module, _, kind = name.rpartition(".")
        if kind == "relative_position_bias_table":
            mine = slopes.pop("bias_table").flatten(1).T
        else:
            mine = slopes.pop(f"{names[module]}.{kind}")
        torch.testing.assert_close(mine, parameter.grad, rtol=1e-9, atol=1e-9)
    assert not slopes


def test_no_gradient_passes_the_seam_of_a_shifted_map(rng):
    """Eq. (shift-mask): a corner hears nothing of the opposite one, exactly."""
    layer = WindowLayer(8, 2, 4, shift=2)
    x = torch.randn(1, 8, 8, 8, generator=rng(), requires_grad=True)
    (slope,) = torch.autograd.grad(layer(x)[0, 0, 0].square().sum(), x)
    reached = slope[0].abs().sum(-1) > 0
    wanted = torch.zeros(8, 8, dtype=torch.bool)
    wanted[:2, :2] = True
    assert torch.equal(reached, wanted)


def test_one_window_is_not_shifted_and_sees_all_of_its_map(rng):
    """Eq. (shift-mask) is for more than one window a side, as in Swin."""
    layer, x = WindowLayer(8, 2, 4, shift=2), torch.randn(1, 4, 4, 8, generator=rng())
    x.requires_grad_()
    (slope,) = torch.autograd.grad(layer(x)[0, 0, 0].square().sum(), x)
    assert (slope[0].abs().sum(-1) > 0).all()


def test_no_inner_length_is_refused():
    with pytest.raises(ValueError, match="hidden must be at least 1, got 0"):
        WindowLayer(8, 2, 4, hidden=0)


def test_the_cost_is_what_the_products_count():
    """Eq. (window-cost): four maps, scores and mixing, window by window."""
    tokens, dim, window = 56 * 56, 96, 7
    inside = window**2
    products = 4 * tokens * dim**2 + tokens // inside * 2 * inside**2 * dim
    assert window_multiply_adds(56, 56, dim, window) == products
    every = 4 * tokens * dim**2 + 2 * tokens**2 * dim
    assert window_multiply_adds(56, 56, dim, 56) == every


@pytest.mark.parametrize("window", [2, 4, 8])
def test_the_cost_is_what_a_layer_multiplies(window):
    """Eq. (window-cost), by torch's counter; with one window it is all to all."""
    layer = WindowLayer(16, 2, window, shift=window // 2)

    def written_out(query, key, value, mask, bias):
        return attention.attend(query, key, value, mask=mask, bias=bias)

    with patch.object(attention, "_fused", written_out):
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            layer(torch.ones(1, 8, 8, 16))
    inside = window_multiply_adds(8, 8, 16, window)
    assert counter.get_total_flops() == 2 * (inside + 8 * 64 * 16**2)
