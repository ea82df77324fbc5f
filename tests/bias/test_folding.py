"""Checks of dlnotes.bias.folding against the note."""

from copy import deepcopy

import pytest
import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from dlnotes.bias.folding import Folded, fold_batch_norm, fold_pair, foldable_pairs

NORM = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
BACK = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("kinds", [CONV, BACK], ids=["plain", "transposed"])
def test_every_kind_of_convolution_folds(
    rng, kinds, dims, groups, bias, settle, close, norms
):
    """Eq. (fold): with groups, strides, without bias; affine or not."""
    x = torch.randn(2, 4, *[7] * dims, generator=rng())
    for affine in (True, False):
        layer = kinds[dims](4, 6, 3, stride=2, padding=1, groups=groups, bias=bias)
        model = settle(nn.Sequential(layer, NORM[dims](6, affine=affine), nn.ReLU()))
        folded = close(model, x)
        assert norms(folded) == 0
        assert folded[0].bias is not None


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("transposed", [False, True])
def test_parameters_agree_with_torchs_own_fusion(dims, transposed, settle):
    """Eq. (fold): weight by weight. torch's has no grouped transposed convolution."""
    layer = (BACK if transposed else CONV)[dims](4, 6, 3)
    model = settle(nn.Sequential(layer, NORM[dims](6)))
    peer = fuse_conv_bn_eval(model[0], model[1], transpose=transposed)
    folded = fold_batch_norm(model)
    torch.testing.assert_close(folded[0].weight, peer.weight)
    torch.testing.assert_close(folded[0].bias, peer.bias)


def test_a_linear_layer_agrees_with_torchs_own_fusion(rng, settle, close):
    """Eq. (fold): and its outputs."""
    model = settle(nn.Sequential(nn.Linear(5, 3, bias=False), nn.BatchNorm1d(3)))
    folded = close(model, torch.randn(4, 5, generator=rng()))
    peer = fuse_linear_bn_eval(*model)
    torch.testing.assert_close(folded[0].weight, peer.weight)
    torch.testing.assert_close(folded[0].bias, peer.bias)


class Wired(nn.Module):
    """Two layers and a normalization, wired as told."""

    def __init__(self, wiring):
        super().__init__()
        self.conv, self.other = (nn.Conv2d(4, 4, 3, padding=1) for _ in range(2))
        self.norm, self.norm2 = nn.BatchNorm2d(4), nn.BatchNorm2d(4)
        self.wiring = wiring

    def forward(self, x):
        """Follow the wiring."""
        return self.wiring(self, x)


UNTOUCHED = {
    "layer called twice": lambda m, x: m.norm(m.conv(m.conv(x))),
    "output used elsewhere": lambda m, x: (y := m.conv(x)) + m.norm(y),
    "output returned too": lambda m, x: torch.stack([y := m.conv(x), m.norm(y)]),
    "two normalizations": lambda m, x: m.norm(y := m.conv(x)) * m.norm2(y),
    "normalization called twice": lambda m, x: m.norm(m.conv(x)) + m.norm(m.other(x)),
    "activation between": lambda m, x: m.norm(m.conv(x).relu()),
    "weight read": lambda m, x: m.norm(m.conv(x)) * m.conv.weight.mean(),
    "scale read": lambda m, x: m.norm(m.conv(x)) * m.norm.weight.mean(),
    "statistics read": lambda m, x: m.norm(m.conv(x)) + m.norm.running_var.mean() * x,
    "normalization first": lambda m, x: m.conv(m.norm(x)),
}


@pytest.mark.parametrize("case", UNTOUCHED)
def test_what_must_not_be_folded_is_left_alone(rng, case, settle, close, norms):
    """Eq. (fold): folding here would change another use of the layer."""
    model = settle(Wired(UNTOUCHED[case]))
    assert foldable_pairs(model) == []
    folded = close(model, torch.randn(2, 4, 5, 5, generator=rng()), 0)
    assert norms(folded) == norms(model)


def test_aliases_are_one_module(rng, settle, close, norms):
    """Eq. (fold): a shared layer is shared under two names, too."""
    x = torch.randn(2, 4, 5, 5, generator=rng())
    conv = nn.Conv2d(4, 4, 3, padding=1)
    shared = nn.Sequential(conv, nn.BatchNorm2d(4), conv, nn.BatchNorm2d(4))
    assert norms(close(settle(shared), x, 0)) == 2

    model = Wired(lambda m, x: m.norm(m.conv(x)))
    model.again = nn.ModuleList([model.norm])
    folded = close(settle(model), x)
    assert isinstance(folded.norm, Folded)
    assert folded.again[0] is folded.norm


def test_tied_weights_keep_the_other_layer(rng, settle, close, norms):
    """Eq. (fold): two layers with one parameter; only one has a normalization."""
    model = Wired(lambda m, x: m.other(m.norm(m.conv(x))))
    model.other.weight = model.conv.weight
    folded = close(settle(model), torch.randn(2, 4, 5, 5, generator=rng()))
    assert norms(folded) == 1  # norm2 is never called
    assert torch.equal(folded.other.weight, model.conv.weight)


def test_batch_statistics_subclasses_hooks_and_widths_are_left_alone(
    rng, settle, close
):
    """Eq. (fold): a layer that is not what it seems."""

    class Doubled(nn.Conv2d):
        def forward(self, x):
            return 2 * super().forward(x)

    class Shifted(nn.BatchNorm2d):
        def forward(self, x):
            return 1 + super().forward(x)

    hooked = nn.Conv2d(4, 4, 3)
    hooked.register_forward_hook(lambda module, inputs, output: 2 * output)
    plain, norm = nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)
    x = torch.randn(2, 4, 5, 5, generator=rng())
    for pair in (
        (Doubled(4, 4, 3), norm),
        (plain, Shifted(4)),
        (hooked, norm),
        (plain, nn.BatchNorm2d(4, track_running_stats=False)),
        (torch.nn.utils.parametrizations.weight_norm(deepcopy(plain)), norm),
        (plain, nn.InstanceNorm2d(4, affine=True, track_running_stats=True)),
        (nn.Linear(5, 4), norm),
    ):
        model = settle(nn.Sequential(*deepcopy(pair)))
        assert foldable_pairs(model) == []
        close(model, x, 0)


def test_a_linear_layer_on_sequences_is_refused_at_run_time(rng, settle):
    """Eq. (fold): there the normalization runs along another axis."""
    model = settle(nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3)))
    folded = fold_batch_norm(model)
    with pytest.raises(ValueError, match=r"with 2 axes, got shape \(2, 3, 3\)"):
        folded(torch.ones(2, 3, 5))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_types_layout_and_gradients_survive(rng, dtype, settle, close):
    """Eq. (fold): parameters keep type, memory layout and whether they are trained."""
    conv = nn.Conv2d(4, 6, 3, bias=False).to(memory_format=torch.channels_last)
    model = settle(nn.Sequential(conv, nn.BatchNorm2d(6))).to(dtype)
    model[0].weight.requires_grad_(False)
    x = torch.randn(2, 4, 5, 5, generator=rng()).to(dtype)
    # bfloat16 rounds to 8 bits: once per weight, and 36 products of size 1 a sum.
    folded = close(
        model, x, {torch.float64: 1e-12, torch.bfloat16: 0.1}.get(dtype, 1e-5)
    )
    for parameter in folded.parameters():
        assert parameter.dtype == dtype
        assert not parameter.requires_grad
    assert folded[0].weight.is_contiguous(memory_format=torch.channels_last)


def test_folding_again_changes_nothing_and_tracing_still_works(rng, settle, close):
    """Eq. (fold): a folded model is an ordinary model, a traced one too."""
    inner = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    model = settle(nn.Sequential(inner, nn.Conv2d(4, 2, 1), nn.BatchNorm2d(2)))
    x = torch.randn(2, 4, 5, 5, generator=rng())
    folded = close(model, x)
    again = close(folded, x, 0)
    traced = close(fx.symbolic_trace(model), x)
    for other in (again, traced, fx.symbolic_trace(folded)):
        torch.testing.assert_close(other(x), folded(x))


def test_train_mode_is_refused_by_name():
    model = nn.Sequential(nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)))
    with pytest.raises(ValueError, match=r"call model\.eval\(\): the model \(Seq"):
        fold_batch_norm(model)
    model.eval()
    model[0][1].train()
    with pytest.raises(ValueError, match=r"layer '0\.1' \(BatchNorm2d\) is in train"):
        fold_batch_norm(model)


def test_arguments_are_checked(norms):
    with pytest.raises(TypeError, match="model must be a module, got function"):
        fold_batch_norm(lambda x: x)
    branching = Wired(lambda m, x: m.norm(x) if x.sum() > 0 else x).eval()
    with pytest.raises(ValueError, match=r"torch\.fx cannot trace Wired: "):
        fold_batch_norm(branching)
    with pytest.raises(ValueError, match=r"scale must have shape \(2,\), got \(3,\)"):
        fold_pair(torch.ones(2, 5), None, torch.ones(3), torch.ones(2))
    single = nn.BatchNorm1d(2).eval()
    assert norms(fold_batch_norm(single)) == 1
