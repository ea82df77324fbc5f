"""Checks of dlnotes.receptive_field.tracer: any model, and clear refusals."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from dlnotes.receptive_field._watching import ACTIVATIONS
from dlnotes.receptive_field.building import build
from dlnotes.receptive_field.chains import after_each, region
from dlnotes.receptive_field.layers import Layer
from dlnotes.receptive_field.states import UnsupportedLayer
from dlnotes.receptive_field.tracer import trace

LAYERS = st.lists(
    st.builds(
        Layer,
        st.integers(1, 5),
        st.integers(1, 3),
        st.integers(0, 3),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=5,
)


@given(layers=LAYERS, axes=st.integers(1, 3))
def test_a_stack_is_traced_as_the_formulas_say(layers, axes):
    """Eq. (through), Eq. (bottom-up): every layer of it, in 1, 2 and 3 dimensions."""
    model = build(layers, axes=axes)
    result = trace(model, (1, 1, *(3000,) * axes))
    assert [row.size for row in result.rows] == [
        (n,) * axes for n in after_each(layers)
    ]
    first, last = region(layers, 7)
    assert result.outputs[0].fields[0].region(7) == (first, last)


class Free(nn.Module):
    """Loops, branches, functions and shared modules, as people write them."""

    def __init__(self):
        super().__init__()
        self.block = nn.Conv2d(4, 4, 3, padding=1)
        self.side = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        """Apply it."""
        for _ in range(3):
            x = x + F.relu(self.block(x)) if x.shape[1] == 4 else x
        maps = {"low": F.avg_pool2d(x, 2), "high": self.side(x)}
        maps["low"] = F.interpolate(maps["low"], size=x.shape[2:], mode="nearest")
        return maps


def test_any_python_can_be_traced():
    """Eq. (through): a dictionary of outputs, a module used three times."""
    result = trace(Free(), (1, 4, 16, 16))
    low, high = result.outputs
    assert (low.size, high.size) == ((8, 8), (7, 7))
    assert [row.size[0] for row in result.rows if row.layer == "block"] == [3, 5, 7]


def test_names_are_those_of_the_modules():
    model = nn.Sequential(
        nn.Conv1d(1, 1, 3), nn.Sequential(nn.ReLU(), nn.Conv1d(1, 1, 3))
    )
    assert [row.layer for row in trace(model, (1, 1, 9)).rows] == ["0", "1.1"]


def test_axes_can_be_named():
    """Eq. (through): a sequence with its features last."""

    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution = nn.Conv1d(8, 8, 5, stride=2)

        def forward(self, x):
            """Apply it."""
            return self.convolution(x.transpose(1, 2)).transpose(1, 2)

    result = trace(Last(), (1, 30, 8), axes=[1])
    assert (result.size, result.jump) == ((5,), (2,))
    assert result.outputs[0].output == (13,)


def test_the_model_is_left_as_it_was():
    """Weights, modes and hooks, also when the trace fails."""
    good = nn.Sequential(nn.Conv2d(3, 3, 3), nn.BatchNorm2d(3), nn.Dropout())
    bad = nn.Sequential(good, nn.LSTM(10, 3))
    good[1].eval()
    before = {name: value.clone() for name, value in good.state_dict().items()}
    trace(good, (1, 3, 12, 12))
    with pytest.raises(UnsupportedLayer):
        trace(bad, (1, 3, 12, 12))
    assert [module.training for module in good] == [True, False, True]
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in bad.modules())
    assert not nn.modules.module._global_forward_hooks
    assert not nn.modules.module._global_forward_pre_hooks
    assert all(torch.equal(v, before[n]) for n, v in good.state_dict().items())
    assert all(not p.is_meta for p in good.parameters())


def test_a_layer_that_the_model_does_not_own_is_reported_under_its_caller():
    class Block(nn.Module):
        def forward(self, x):
            return nn.MaxPool1d(2)(x)

    model = nn.Sequential(nn.Conv1d(1, 1, 3), Block())
    assert [row.layer for row in trace(model, (1, 1, 12)).rows] == ["0", "1"]


def test_a_layer_that_is_used_twice_has_two_rows():
    conv = nn.Conv1d(1, 1, 3)
    rows = trace(nn.Sequential(conv, nn.Sequential(nn.ReLU(), conv)), (1, 1, 12)).rows
    assert [row.layer for row in rows] == ["0", "0"]
    assert [row.fields[0].size for row in rows] == [3, 5]


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_keep_the_shape_the_type_and_the_field(name):
    """Their results are not computed by torch, so they are compared with it."""
    function = getattr(F, name)
    x = torch.zeros(2, 3, 8, dtype=torch.float16)

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(3, 3, 3, dtype=torch.float16)

        def forward(self, x):
            y = function(self.conv(x))
            assert (y.dtype, y.shape) == (function(x).dtype, (*x.shape[:2], 6))
            return y

    assert trace(Model(), tuple(x.shape)).size == (3,)


def test_tracing_neither_computes_nor_reserves():
    """An image of a terabyte has a shape, and no more is needed."""
    model = nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.Conv2d(64, 64, 3))
    assert trace(model, (64, 3, 10**5, 10**5)).size == (5, 5)


def test_double_precision_models_work_too():
    assert trace(nn.Conv1d(1, 1, 3).double(), (1, 1, 9)).size == (3,)


def test_the_same_result_comes_with_gradients_enabled_or_not():
    model = nn.Sequential(nn.Conv1d(1, 1, 3), nn.ReLU(inplace=True), nn.Conv1d(1, 1, 3))
    with torch.no_grad():
        inside = trace(model, (1, 1, 9))
    assert inside == trace(model, (1, 1, 9))


class Weird(nn.Module):
    """A layer without a rule, or one that needs numbers."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        """Apply it."""
        return self.function(x)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda x: torch.fft.fft(x).real,
            r"layer '1.0' \(Weird, _fft_r2c\) has no rule",
        ),
        (lambda x: x.sort(-1).values, r"layer '1.0' \(Weird, sort\) has no rule"),
        (lambda x: x.cumsum(-1), r"layer '1.0' \(Weird, cumsum\) has no rule"),
        (lambda x: x * x.sum().item(), r"layer '1.0' \(Weird, .*\) cannot run without"),
        (
            lambda x: x.flip(-1) + x,
            r"layer '1.0' \(Weird, add\) joins branches: .*, got -1 and 1 pixels",
        ),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(function, message):
    model = nn.Sequential(nn.Conv1d(1, 1, 3), nn.Sequential(Weird(function)))
    with pytest.raises(UnsupportedLayer, match=message):
        trace(model, (1, 1, 10))


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_recurrent_layers_are_refused_by_their_own_names(kind, bidirectional):
    """Not by those of the many operations that they consist of."""
    layer = kind(4, 3, batch_first=True, bidirectional=bidirectional)
    model = nn.Sequential(nn.Conv1d(1, 4, 3), Weird(lambda x: x.mT), layer)
    name = kind.__name__
    message = rf"layer '2' \({name}, recurrence\) is no window: {name} carries a state"
    with pytest.raises(UnsupportedLayer, match=message):
        trace(model, (1, 1, 10))


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_cells_are_refused_where_there_are_positions(kind):
    """Of a single unit that saw everything they may take the channels."""
    cell = kind(4, 3)
    with pytest.raises(UnsupportedLayer, match=f"{kind.__name__}, recurrence"):
        trace(nn.Sequential(Weird(lambda x: x[0].mT), cell), (1, 4, 9))
    pooled = nn.Sequential(Weird(lambda x: x.mean(-1)), cell)
    assert trace(pooled, (1, 4, 9)).outputs[0].entire == (True,)


def test_a_recurrent_layer_that_the_model_does_not_own_is_refused_too():
    def function(x):
        return nn.GRU(8, 2)(x[0])

    with pytest.raises(UnsupportedLayer, match=r"'1.0' \(Weird, recurrence\) is no"):
        trace(nn.Sequential(nn.Identity(), nn.Sequential(Weird(function))), (1, 1, 8))


def test_a_hidden_write_into_a_part_is_refused():
    """By an argument `out`, which no name of an operation gives away."""

    def function(x):
        y = x.clone()
        gate = x.mean(-1, keepdim=True)
        torch.mul(x[:, :1], gate[:, :1], out=y[:, :1])
        return y

    with pytest.raises(UnsupportedLayer, match="writes into a part of a tensor"):
        trace(Weird(function), (1, 2, 8))


def test_anything_goes_once_position_is_lost():
    model = nn.Sequential(
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), Weird(lambda x: x.sort(1)[0])
    )
    assert trace(model, (1, 4, 10)).outputs[0].entire == (True,)


def test_an_unknown_operation_sees_what_any_of_its_arguments_saw():
    """Eq. (branches): two single positions and an operation without a rule."""

    def function(x):
        return torch.outer(x[0, 0, 2:3], x[0, 0, 7:8])[0]

    def unknown(x):
        return torch.linalg.cross(x[..., 2].repeat(1, 3), x[..., 7].repeat(1, 3))

    for find in (function, unknown):
        (output,) = trace(Weird(find), (1, 1, 10)).outputs
        assert output.region((0,)) == ((2, 7),), find


def test_branches_that_disagree_are_named():
    """Eq. (branches): the jumps are 2 and 1."""

    class Disagree(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Conv1d(1, 1, 1, stride=2)
            self.other = nn.Conv1d(1, 1, 6)

        def forward(self, x):
            """Apply it."""
            return self.one(x) + self.other(x)

    with pytest.raises(UnsupportedLayer, match="same jump, got 1 and 2 pixels"):
        trace(Disagree(), (1, 1, 10))


@pytest.mark.parametrize(
    ("model", "shape", "axes", "error", "message"),
    [
        ("model", (1, 3, 8), None, TypeError, "model must be a module, got str"),
        (nn.ReLU(), (1, 3), None, ValueError, r"must be \(batch, channels, positions"),
        (nn.ReLU(), (1, 3, 0), None, ValueError, "must hold positive integers"),
        (nn.ReLU(), (1, 3, 2.5), None, ValueError, "must hold positive integers"),
        (nn.ReLU(), (1, 3, 8), [3], ValueError, "axes must be dimensions of"),
        (nn.ReLU(), (1, 3, 8), [2, 2], ValueError, "distinct dimensions"),
        (Weird(torch.ones_like), (1, 3, 8), None, ValueError, "no output of the model"),
    ],
)
def test_bad_arguments_are_refused(model, shape, axes, error, message):
    with pytest.raises(error, match=message):
        trace(model, shape, axes=axes)
