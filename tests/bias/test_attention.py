"""Checks of dlnotes.bias.attention against the note."""

import math

import mpmath
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.bias.attention import fold_attention_biases, rotate, score_terms

F64 = torch.float64


def attention(**options):
    """Build attention with every parameter drawn."""
    layer = nn.MultiheadAttention(8, 2, batch_first=True, dtype=F64, **options)
    generator = torch.Generator().manual_seed(0)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.7, generator=generator)
    return layer


def outputs(layer, rng, mask=None):
    x, y = (torch.randn(3, n, 8, dtype=F64, generator=rng(n)) for n in (5, 6))
    return layer(x, y, y, attn_mask=mask)


def shifted(layer, which, shift=1.5):
    """Change one of the four biases, the three stacked ones by their place."""
    with torch.no_grad():
        if which == "output":
            layer.out_proj.bias += shift
        else:
            place = ("query", "key", "value").index(which)
            layer.in_proj_bias.chunk(3)[place].add_(shift)
    return layer


def test_the_four_terms_sum_to_the_scores_and_two_of_them_count(rng):
    """Eq. (score-terms): the softmax over keys ignores what depends on the query."""
    q = torch.randn(2, 4, 8, dtype=F64, generator=rng())
    k = torch.randn(2, 5, 8, dtype=F64, generator=rng(1))
    bq, bk = torch.randn(2, 8, dtype=F64, generator=rng(2))
    terms = score_terms(q, k, bq, bk)
    scores = (q + bq) @ (k + bk).mT
    torch.testing.assert_close(sum(terms), scores)
    seen = (terms.content + terms.query_bias).softmax(-1)
    torch.testing.assert_close(seen, scores.softmax(-1))
    assert (terms.content.softmax(-1) - seen).abs().amax() > 0.01


@pytest.mark.parametrize("which", ["query", "key", "value", "output"])
def test_only_the_key_bias_of_torchs_attention_is_inert(rng, which):
    """Eq. (score-terms): weights and outputs of the layer, before and after."""
    out, weights = outputs(attention(), rng)
    changed, changed_weights = outputs(shifted(attention(), which), rng)
    moved = {"out": (out - changed).abs().amax(), "w": (weights - changed_weights)}
    assert (moved["out"] < 1e-12) == (which == "key")
    assert (moved["w"].abs().amax() > 0.01) == (which == "query")


def test_the_key_bias_has_no_gradient(rng):
    """Eq. (score-terms): rounding apart, while its neighbors have one."""
    layer = attention()
    out, _ = outputs(layer, rng)
    (out * torch.randn(out.shape, dtype=F64, generator=rng(1))).sum().backward()
    query, key, value = layer.in_proj_bias.grad.chunk(3)
    assert key.abs().amax() < 1e-13 * value.abs().amax()
    assert query.abs().amax() > 0.01


@pytest.mark.parametrize("masked", [False, True])
def test_folded_attention_computes_the_same(rng, masked):
    """Eq. (value-bias): because rows of weights sum to 1, with a mask as well."""
    mask = torch.ones(5, 6, dtype=torch.bool).triu(2) if masked else None
    layer = attention()
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    folded = fold_attention_biases(layer)
    for actual, expected in zip(
        outputs(folded, rng, mask), outputs(layer, rng, mask), strict=True
    ):
        torch.testing.assert_close(actual, expected)
    query, key, value = folded.in_proj_bias.chunk(3)
    assert query.all()
    assert not key.any()
    assert not value.any()
    for name, value in layer.state_dict().items():
        assert torch.equal(value, before[name])


def test_an_appended_key_brings_the_key_bias_back(rng):
    """Eq. (score-terms): `add_zero_attn` adds a key that has no bias."""
    out, _ = outputs(attention(add_zero_attn=True), rng)
    changed, _ = outputs(shifted(attention(add_zero_attn=True), "key"), rng)
    assert (out - changed).abs().amax() > 0.01


def test_dropped_weights_do_not_sum_to_one(rng):
    """Eq. (value-bias): in train mode with dropout the value bias is not constant."""
    ones = torch.ones(4, 6, dtype=F64) / 6
    with torch.random.fork_rng():
        dropped = F.dropout(ones, 0.5)
    assert (dropped.sum(-1) - 1).abs().amax() > 0.1
    with pytest.raises(ValueError, match=r"drops weights with probability 0\.5"):
        fold_attention_biases(attention(dropout=0.5))
    fold_attention_biases(attention(dropout=0.5).eval())


def test_rotation_makes_scores_depend_on_the_distance(rng):
    """Eq. (rotary): the product of two rotated vectors, at shifted positions."""
    q, k = torch.randn(2, 7, 6, dtype=F64, generator=rng())
    at = torch.arange(7, dtype=F64)
    scores = rotate(q, at) @ rotate(k, at).T
    by_distance = q[:1] @ rotate(k, at - at[:1]).T  # of the query at position 0
    torch.testing.assert_close(scores[:1], by_distance)
    torch.testing.assert_close(rotate(q, at + 3) @ rotate(k, at + 3).T, scores)
    torch.testing.assert_close(rotate(q, at).norm(dim=1), q.norm(dim=1))
    torch.testing.assert_close(rotate(q, 0 * at), q)
    half = torch.view_as_complex(torch.stack(q.chunk(2, -1), -1))
    speeds = 10_000.0 ** (-torch.arange(3, dtype=F64) / 3)
    turned = torch.polar(torch.ones(7, 3, dtype=F64), at[:, None] * speeds) * half
    by_complex = torch.cat([turned.real, turned.imag], -1)
    torch.testing.assert_close(rotate(q, at), by_complex)
    many = rotate(q.expand(3, 2, 7, 6), at)
    torch.testing.assert_close(many, by_complex.expand(3, 2, 7, 6))


@pytest.mark.parametrize("base", [100.0, 10_000.0, 500_000.0])
@pytest.mark.parametrize("position", [1, 4096, 10**6, 10**9])
def test_angles_keep_their_digits_far_out(base, position):
    """Eq. (rotary): against sixty digits, within the error that the function states."""
    turned = rotate(torch.eye(8, dtype=F64)[:1], torch.tensor([position]), base=base)
    pairs = [
        rotate(torch.eye(8, dtype=F64)[k : k + 1], torch.tensor([position]), base=base)[
            0, [k, k + 4]
        ]
        for k in range(4)
    ]
    assert torch.equal(turned[0, [0, 4]], pairs[0])
    with mpmath.workdps(60):
        for k, pair in enumerate(pairs):
            angle = position * mpmath.mpf(base) ** (-mpmath.mpf(k) / 4)
            allowed = (3 + math.log(base) / 2) * float(angle) * 2.0**-53 + 2.0**-52
            assert abs(mpmath.cos(angle) - pair[0].item()) < allowed
            assert abs(mpmath.sin(angle) - pair[1].item()) < allowed


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("position", [300, 4096, 10**6])
def test_positions_and_angles_are_never_rounded_to_the_features_precision(
    dtype, position
):
    """Eq. (rotary): integer or float64 positions, one rounding at the end."""
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0]], dtype=dtype)
    exact = rotate(x.double(), torch.tensor([position]))
    for at in (torch.tensor([position]), torch.tensor([position], dtype=F64)):
        turned = rotate(x, at)
        assert turned.dtype == dtype
        error = (turned.double() - exact).abs().amax()
        assert error <= 5 * torch.finfo(dtype).eps  # entries up to 5


def test_what_rounded_positions_and_angles_would_be():
    """Eq. (rotary): the gaps of bfloat16 below 4096, of float32 at a million."""
    whole = torch.arange(4080, 4097).bfloat16()
    assert whole.unique().tolist() == [4080, 4096]
    million = torch.tensor(1e6)
    assert torch.nextafter(million, 2 * million) - million == 1 / 16


def test_every_key_alone_makes_every_score_bias_inert(rng):
    """Eq. (score-terms): with one key the weights are 1, whatever is added."""
    layer = attention()
    x = torch.randn(3, 5, 8, dtype=F64, generator=rng())
    expected, _ = layer(x, x[:, :1], x[:, :1])
    for which in ("query", "key"):
        changed, _ = shifted(attention(), which)(x, x[:, :1], x[:, :1])
        torch.testing.assert_close(changed, expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_attention_is_folded_in_double(rng, dtype):
    """Eq. (value-bias): the new bias is the exact sum, rounded once."""
    layer = attention().to(dtype)
    folded = fold_attention_biases(layer)
    exact = layer.out_proj.bias.double() + layer.out_proj.weight.double() @ (
        layer.in_proj_bias.chunk(3)[2].double()
    )
    assert torch.equal(folded.out_proj.bias, exact.to(dtype))
    assert {parameter.dtype for parameter in folded.parameters()} == {dtype}
    wide_out, _ = outputs(folded.double(), rng)
    out, _ = outputs(layer.double(), rng)
    assert (wide_out - out).abs().amax() <= exact.abs().amax() * torch.finfo(dtype).eps


def test_keys_and_values_of_other_widths_fold_too(rng):
    """Eq. (value-bias): then torch keeps three matrices, but one vector of biases."""
    layer = attention(kdim=5, vdim=7)
    q, k, v = (torch.randn(2, 4, n, dtype=F64, generator=rng(n)) for n in (8, 5, 7))
    torch.testing.assert_close(fold_attention_biases(layer)(q, k, v), layer(q, k, v))


def test_a_key_bias_acts_under_rotation(rng):
    """Eq. (rotary): a bias added before the rotation depends on the key's position."""
    q, k = torch.randn(2, 7, 6, dtype=F64, generator=rng())
    bias = torch.randn(6, dtype=F64, generator=rng(1))
    at = torch.arange(7, dtype=F64)
    weights = [
        (rotate(q, at) @ rotate(keys, at).T).softmax(-1) for keys in (k, k + bias)
    ]
    assert (weights[0] - weights[1]).abs().amax() > 0.1
    extra = rotate(q, at) @ rotate(bias.expand(7, 6), at).T
    assert extra.std(dim=1).amin() > 0.1


def test_arguments_are_checked():
    with pytest.raises(TypeError, match=r"must be nn\.MultiheadAttention, got Linear"):
        fold_attention_biases(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="built with bias=False"):
        fold_attention_biases(attention(bias=False))
    for option in ({"add_zero_attn": True}, {"add_bias_kv": True}):
        with pytest.raises(ValueError, match="must not append keys"):
            fold_attention_biases(attention(**option))
    x = torch.ones(4, 6)
    with pytest.raises(
        ValueError, match=r"key_bias must have shape \(6,\), got \(5,\)"
    ):
        score_terms(x, x, x[0], torch.ones(5))
    for shape in ((4, 5), (4, 0), (4,)):
        with pytest.raises(ValueError, match="an even D, got shape"):
            rotate(torch.ones(shape), torch.ones(4))
    with pytest.raises(ValueError, match=r"positions must have shape \(4,\)"):
        rotate(x, torch.ones(3))
    with pytest.raises(ValueError, match="base must be positive and finite, got -1"):
        rotate(x, torch.ones(4), base=-1)
    with pytest.raises(ValueError, match=r"base must broadcast to shape \(4, 1\)"):
        rotate(x, torch.ones(4), base=x)
    with pytest.raises(TypeError, match="positions must be a tensor, got list"):
        rotate(x, [0, 1, 2, 3])
    with pytest.raises(TypeError, match=r"positions must be float32 or float64, got"):
        rotate(x, torch.ones(4, dtype=torch.bfloat16))
    with pytest.raises(TypeError, match=r"positions must be numbers, got torch\.bool"):
        rotate(x, torch.ones(4, dtype=torch.bool))

    class Other(nn.MultiheadAttention):
        pass

    with pytest.raises(TypeError, match=r"must be nn\.MultiheadAttention, got Other"):
        fold_attention_biases(Other(4, 2))
