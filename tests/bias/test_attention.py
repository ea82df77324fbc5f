"""Checks of dlnotes.bias.attention against the note."""

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
    torch.testing.assert_close(rotate(q, at + 3) @ rotate(k, at + 3).T, scores)
    torch.testing.assert_close(rotate(q, at).norm(dim=1), q.norm(dim=1))
    torch.testing.assert_close(rotate(q, 0 * at), q)
    half = torch.view_as_complex(torch.stack(q.chunk(2, -1), -1))
    speeds = 10_000.0 ** (-torch.arange(3, dtype=F64) / 3)
    turned = torch.polar(torch.ones(7, 3, dtype=F64), at[:, None] * speeds) * half
    by_complex = torch.cat([turned.real, turned.imag], -1)
    torch.testing.assert_close(rotate(q, at), by_complex)


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
    with pytest.raises(ValueError, match=r"key_bias must end in 6 features, got \(5,"):
        score_terms(x, x, x[0], torch.ones(5))
    with pytest.raises(ValueError, match="an even D, got shape"):
        rotate(torch.ones(4, 5), torch.ones(4))
    with pytest.raises(ValueError, match=r"positions must have shape \(4,\)"):
        rotate(x, torch.ones(3))
    with pytest.raises(ValueError, match="base must be positive and finite, got -1"):
        rotate(x, torch.ones(4), base=-1)
