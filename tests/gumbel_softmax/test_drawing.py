"""What draws noise: with torch's own source it goes through every transform."""

import pytest
import torch

from dlnotes.gumbel_softmax.binary import relaxed_bernoulli, sample_logistic
from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.maximum import gumbel_max, noise_given_argmax
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, log_gumbel_softmax
from dlnotes.gumbel_softmax.top_k import gumbel_top_k
from dlnotes.gumbel_softmax.vae import sample_codes

LOGITS = torch.linspace(-2, 2, 60).reshape(20, 3)
DRAWS = {
    "sample_gumbel": sample_gumbel,
    "sample_logistic": sample_logistic,
    "gumbel_max": gumbel_max,
    "noise_given_argmax": lambda a: noise_given_argmax(a, torch.tensor(1)),
    "gumbel_top_k": lambda a: gumbel_top_k(a, 2),
    "gumbel_softmax": lambda a: gumbel_softmax(a, 0.5),
    "log_gumbel_softmax": lambda a: log_gumbel_softmax(a, 0.5),
    "relaxed_bernoulli": lambda a: relaxed_bernoulli(a, 0.5),
    "sample_codes": lambda a: sample_codes(a, 2),
}
any_draw = pytest.mark.parametrize("name", DRAWS)


@pytest.fixture(autouse=True)
def own_randomness():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@any_draw
@pytest.mark.parametrize("transform", ["compile", "export", "vmap"])
def test_a_draw_survives_a_transform(name, transform):
    function, plain = DRAWS[name], DRAWS[name](LOGITS)
    if transform == "compile":
        torch.compiler.reset()
        function = torch.compile(function, fullgraph=True, backend="eager")
    if transform == "export":

        class Wrapped(torch.nn.Module):
            def forward(self, logits):
                return DRAWS[name](logits)

        function = torch.export.export(Wrapped(), (LOGITS,), strict=False).module()
    if transform == "vmap":
        function = torch.func.vmap(
            function, randomness="different", out_dims=int(name == "sample_codes")
        )
    draws = [function(LOGITS) for _ in range(20)]
    assert {(d.shape, d.dtype) for d in draws} == {(plain.shape, plain.dtype)}
    assert all(d.isfinite().all() for d in draws if d.is_floating_point())
    assert not all(torch.equal(draws[0], d) for d in draws), "it draws only once"


@any_draw
def test_a_draw_has_a_shape_before_it_has_values(name):
    plain = DRAWS[name](LOGITS)
    if name == "noise_given_argmax":
        shape = noise_given_argmax(
            LOGITS.to("meta"), torch.empty((), dtype=torch.int64, device="meta")
        )
    else:
        shape = DRAWS[name](LOGITS.to("meta"))
    assert shape.is_meta
    assert (shape.shape, shape.dtype) == (plain.shape, plain.dtype)


@any_draw
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_noise_is_never_drawn_in_half_precision(name, dtype, rng):
    """Same noise, same sample: only the logits are rounded, and the result.

    In float16 an exponential variable can round to 0, whose Gumbel noise is infinite.
    """
    logits = LOGITS.to(dtype)
    torch.manual_seed(1)
    half = DRAWS[name](logits)
    torch.manual_seed(1)
    single = DRAWS[name](logits.float())
    if "noise" in name or name in {"sample_gumbel", "sample_logistic"}:
        assert half.dtype == torch.float32
    assert torch.equal(half, single.to(half.dtype))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_noise_is_finite_even_where_an_exponential_variable_is_0(dtype, monkeypatch):
    """Eq. (gumbel): some builds of torch can return it."""

    def zero(self, generator=None):
        return self.zero_()

    monkeypatch.setattr(torch.Tensor, "exponential_", zero)
    noise = sample_gumbel(torch.empty(3, dtype=dtype))
    assert noise.isfinite().all()
    assert (noise > 80).all()
