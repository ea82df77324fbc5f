"""Checks of dlnotes.bias.folding against the note."""

from copy import deepcopy

import mpmath
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

    plain, norm = nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)
    patched = nn.Conv2d(4, 4, 3)
    patched.forward = lambda x: 2 * nn.functional.conv2d(x, patched.weight)
    x = torch.randn(2, 4, 5, 5, generator=rng())
    for pair in (
        (Doubled(4, 4, 3), norm),
        (plain, Shifted(4)),
        (patched, norm),
        (plain, nn.BatchNorm2d(4, track_running_stats=False)),
        (torch.nn.utils.parametrizations.weight_norm(deepcopy(plain)), norm),
        (plain, nn.InstanceNorm2d(4, affine=True, track_running_stats=True)),
        (nn.Linear(5, 4), norm),
    ):
        model = settle(nn.Sequential(*deepcopy(pair)))
        assert foldable_pairs(model) == []
        close(model, x, 0)


HOOKS = {
    "forward": lambda m: m.register_forward_hook(lambda m, x, y: 2 * y),
    "forward pre": lambda m: m.register_forward_pre_hook(lambda m, x: (2 * x[0],)),
    "backward": lambda m: m.register_full_backward_hook(lambda m, x, y: (2 * x[0],)),
    "backward pre": lambda m: m.register_full_backward_pre_hook(lambda m, y: None),
}


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("kind", HOOKS)
def test_what_has_hooks_is_left_alone(rng, kind, place, settle, close, norms):
    """Eq. (fold): a hook sees, or changes, what folding would take away."""
    model = settle(nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)))
    HOOKS[kind](model[place])
    assert foldable_pairs(model) == []
    folded = close(model, torch.randn(2, 4, 5, 5, generator=rng()), 0)
    assert norms(folded) == 1


def test_weight_normalization_by_a_hook_is_left_alone(rng, settle, close, norms):
    """Eq. (fold): spectral normalization computes the weight before each pass."""
    conv = nn.utils.spectral_norm(nn.Conv2d(4, 4, 3))
    model = settle(nn.Sequential(conv, nn.BatchNorm2d(4)))
    x = torch.randn(2, 4, 5, 5, generator=rng())
    assert norms(close(model, x, 0)) == 1


def test_a_linear_layer_on_sequences_is_refused_at_run_time(rng, settle):
    """Eq. (fold): there the normalization runs along another axis."""
    model = settle(nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3)))
    folded = fold_batch_norm(model)
    with pytest.raises(ValueError, match=r"with 2 axes, got shape \(2, 3, 3\)"):
        folded(torch.ones(2, 3, 5))


DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@pytest.mark.parametrize("dtype", DTYPES)
def test_folded_parameters_are_exact_but_for_one_rounding(dtype, settle):
    """Eq. (fold): in fractions, for a layer of any precision.

    Scale and shift cancel nearly all of a large bias, and the variance is so small
    that half precision would lose `eps`.
    """
    model = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1))
    nn.init.constant_(model[0].bias, 300.0)
    nn.init.constant_(model[1].running_mean, 299.0)
    nn.init.constant_(model[1].running_var, 0.01)
    nn.init.constant_(model[1].weight, 3.0)
    nn.init.constant_(model[1].bias, 0.25)
    model = model.to(dtype).eval()
    folded = fold_batch_norm(model)
    with mpmath.workdps(60):
        mean, variance, scale, shift = (
            mpmath.mpf(getattr(model[1], name).item())
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        factor = scale / mpmath.sqrt(variance + model[1].eps)
        weight = [float(factor * v) for v in model[0].weight[0].tolist()]
        bias = float(shift + (mpmath.mpf(model[0].bias.item()) - mean) * factor)
    # In double precision nothing is wider: s b and s m, of size 10^4, are rounded.
    close = {"rtol": 1e-15, "atol": 1e-11} if dtype.itemsize == 8 else {}
    exact = {"rtol": 0, "atol": 0, **close}
    torch.testing.assert_close(folded[0].weight, torch.tensor([weight]).to(dtype))
    wanted = torch.tensor([bias], dtype=torch.float64).to(dtype)
    torch.testing.assert_close(folded[0].bias.detach(), wanted, **exact)
    assert all(parameter.dtype == dtype for parameter in folded.parameters())


@pytest.mark.parametrize("dtype", DTYPES)
def test_outputs_layout_and_frozen_weights_survive(rng, dtype, settle, close):
    """Eq. (fold): parameters keep memory layout and whether they are trained."""
    conv = nn.Conv2d(4, 6, 3, bias=False).to(memory_format=torch.channels_last)
    model = settle(nn.Sequential(conv, nn.BatchNorm2d(6))).to(dtype)
    model[0].weight.requires_grad_(False)
    x = torch.randn(2, 4, 5, 5, generator=rng()).to(dtype)
    # Rounded: 36 weights and products of size up to 3, the sum, the result.
    folded = close(model, x, 40 * 3 * torch.finfo(dtype).eps)
    for parameter in folded.parameters():
        assert not parameter.requires_grad
    assert folded[0].weight.is_contiguous(memory_format=torch.channels_last)


def test_what_half_precision_cannot_hold_is_refused():
    """Eq. (fold): a variance of 0 and eps give a factor of 316."""
    model = nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1)).half().eval()
    nn.init.constant_(model[0].weight, 1000.0)
    nn.init.zeros_(model[1].running_var)
    with pytest.raises(ValueError, match=r"weight must fit into torch\.float16"):
        fold_batch_norm(model)


@pytest.mark.parametrize("frozen", ["weight", "bias"])
def test_what_was_trained_is_trained(frozen):
    """Eq. (fold): a bias follows the old one, or the weight where there was none."""
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).eval()
    model[0].get_parameter(frozen).requires_grad_(False)
    folded = fold_batch_norm(model)[0]
    assert folded.weight.requires_grad == (frozen == "bias")
    assert folded.bias.requires_grad == (frozen == "weight")


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
    with pytest.raises(TypeError, match="model must be a module, got list"):
        foldable_pairs([])
    branching = Wired(lambda m, x: m.norm(x) if x.sum() > 0 else x).eval()
    with pytest.raises(ValueError, match=r"torch\.fx cannot trace Wired: "):
        fold_batch_norm(branching)
    with pytest.raises(ValueError, match=r"scale must have shape \(2,\), got \(3,\)"):
        fold_pair(torch.ones(2, 5), None, torch.ones(3), torch.ones(2))
    with pytest.raises(ValueError, match="weight must have rows"):
        fold_pair(torch.ones(()), None, torch.ones(1), torch.ones(1))
    single = nn.BatchNorm1d(2).eval()
    assert norms(fold_batch_norm(single)) == 1
