"""The contract of the public tensor functions, one cell of it after the other.

CONTRIBUTING.md states the contract in words. Its table of calls is in `contract.py` of
each folder of tests.
"""

import importlib
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

from tests.contract import Case, cast, floating, gradients, is_floating, tensors
from tests.substitutes import calls_without_a_tensor

FOLDERS = sorted(p.parent.name for p in Path(__file__).parent.glob("*/contract.py"))
CASES = [
    case
    for folder in FOLDERS
    for case in importlib.import_module(f"tests.{folder}.contract").CASES
]
HALF = (torch.float16, torch.bfloat16)
FULL = (torch.float32, torch.float64)
# Single precision: rounding errors of 6e-8, through at most some thousand operations.
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def each(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def able(transform: str, cases: list[Case] = CASES) -> pytest.MarkDecorator:
    """The cases for which a transform can work."""
    return each([case for case in cases if transform not in case.without])


def named(attribute: str) -> pytest.MarkDecorator:
    """Each named set of arguments of each case."""
    found = [(c, name) for c in CASES for name in getattr(c, attribute)]
    ids = [f"{case.name}-{name}" for case, name in found]
    return pytest.mark.parametrize(("case", "name"), found, ids=ids)


@each(CASES)
@pytest.mark.parametrize("dtype", FULL)
def test_single_and_double_precision_stay_what_they_are(case, dtype):
    args, kwargs = cast((case.args, dict(case.kwargs)), dtype)
    result = case.function(*args, **kwargs)
    assert {r.dtype for r in floating(result)} <= {dtype}
    exact = case.call()
    for got, wanted in zip(tensors(result), tensors(exact), strict=True):
        torch.testing.assert_close(got.double(), wanted.double(), **CLOSE)


@each(CASES)
@pytest.mark.parametrize("dtype", HALF)
def test_half_precision_is_computed_in_single_or_refused_by_name(case, dtype):
    args, kwargs = cast((case.args, dict(case.kwargs)), dtype)
    if case.half == "refused":
        with pytest.raises(TypeError, match=str(dtype)):
            case.function(*args, **kwargs)
        return
    result = case.function(*args, **kwargs)
    wide_args, wide_kwargs = cast((args, kwargs), torch.float32)
    single = case.function(*wide_args, **wide_kwargs)
    kept = dtype if case.half == "half" else torch.float32
    assert {r.dtype for r in floating(result)} <= {kept}
    for got, wanted in zip(tensors(result), tensors(cast(single, kept)), strict=True):
        torch.testing.assert_close(got, wanted, rtol=0, atol=0, equal_nan=True)


@each([case for case in CASES if floating(case.args)])
def test_integers_are_no_substitute_for_floating_point(case):
    first = next(i for i, arg in enumerate(case.args) if floating(arg))
    args = list(case.args)
    args[first] = cast(args[first], torch.int64)
    with pytest.raises(TypeError):
        case.call(tuple(args))


@each(CASES)
def test_what_is_no_tensor_is_refused_by_name(case):
    """A list, an array, a word, a number or nothing, unless an annotation allows it."""
    calls = list(calls_without_a_tensor(case))
    assert calls, "no argument is annotated as a tensor"
    for message, args, kwargs in calls:
        with pytest.raises(TypeError, match=message):
            case.function(*args, **kwargs)


@each(CASES)
def test_results_and_gradients_are_finite_and_repeat(case):
    result = case.call()
    assert all(r.isfinite().all() for r in floating(result))
    for got, wanted in zip(tensors(case.call()), tensors(result), strict=True):
        assert torch.equal(got, wanted)
    if case.smooth:
        found = gradients(case)
        assert found, "no gradient reaches an argument"
        assert all(gradient.isfinite().all() for gradient in found)


@named("edges")
@pytest.mark.parametrize("dtype", FULL)
def test_at_an_edge_results_and_gradients_are_finite(case, name, dtype):
    args = cast(case.edges[name], dtype)
    result = case.call(args, **cast(dict(case.kwargs), dtype))
    assert all(r.isfinite().all() for r in floating(result))
    if case.smooth:
        assert all(g.isfinite().all() for g in gradients(case, args))


@named("refused")
def test_what_has_no_answer_is_refused(case, name):
    with pytest.raises(ValueError, match=r"\S"):
        case.call(case.refused[name])


@each([case for case in CASES if case.masks])
@pytest.mark.parametrize("dtype", FULL)
def test_minus_infinity_masks_an_entry(case, dtype):
    first, *rest = cast(case.args, dtype)
    masked = first.clone()
    masked[..., -1] = -torch.inf
    result = case.call((masked, *rest), **cast(dict(case.kwargs), dtype))
    assert not any(r.isnan().any() for r in floating(result))
    if case.smooth:
        assert all(g.isfinite().all() for g in gradients(case, (masked, *rest)))


@each([case for case in CASES if case.batched])
def test_an_empty_batch_gives_an_empty_result(case):
    args, kwargs = tree_map(
        lambda v: v[:0] if isinstance(v, torch.Tensor) and v.ndim else v,
        (case.args, dict(case.kwargs)),
    )
    full = list(tensors(case.call()))
    for empty, some in zip(tensors(case.function(*args, **kwargs)), full, strict=True):
        assert empty.shape == (0, *some.shape[1:])
        assert empty.dtype == some.dtype


@able("vmap")
def test_vmap_maps(case):
    """Two different copies, mapped, are the two results side by side."""
    flat, form = tree_flatten((case.args, dict(case.kwargs)))
    held = [i for i, leaf in enumerate(flat) if isinstance(leaf, torch.Tensor)]

    def on_tensors(*given):
        leaves = list(flat)
        for i, tensor in zip(held, given, strict=True):
            leaves[i] = tensor
        args, kwargs = tree_unflatten(leaves, form)
        return tuple(tensors(case.function(*args, **kwargs)))

    one = [flat[i] for i in held]
    other = [t.flip(0) if case.batched and t.ndim else t for t in one]
    stacked = [torch.stack(pair) for pair in zip(one, other, strict=True)]
    mapped = torch.func.vmap(on_tensors, randomness="different")(*stacked)
    pairs = zip(on_tensors(*one), on_tensors(*other), strict=True)
    for got, pair in zip(mapped, pairs, strict=True):
        torch.testing.assert_close(got, torch.stack(pair))


@able("grad", [case for case in CASES if case.smooth])
def test_grad_and_jacobians_of_torch_func_agree_with_autograd(case):
    leaves, form = tree_flatten(case.args)
    first = next(i for i, leaf in enumerate(leaves) if is_floating(leaf))

    def of_first(x):
        args = tree_unflatten([*leaves[:first], x, *leaves[first + 1 :]], form)
        return sum(r.sum() for r in floating(case.call(args)))

    x = leaves[first].detach().clone().requires_grad_()
    (wanted,) = torch.autograd.grad(of_first(x), x)
    for transform in (torch.func.grad, torch.func.jacrev):
        got = transform(of_first)(leaves[first])
        torch.testing.assert_close(got, wanted)


@able("compile")
def test_it_compiles_without_a_graph_break(case):
    torch.compiler.reset()
    compiled = torch.compile(case.function, fullgraph=True, backend="eager")
    result = compiled(*case.args, **case.kwargs)
    for got, wanted in zip(tensors(result), tensors(case.call()), strict=True):
        torch.testing.assert_close(got, wanted)


@able("export")
def test_it_can_be_exported(case):
    """Tensors are its inputs, whatever else is an argument stays what it is."""
    flat, form = tree_flatten(case.args)
    held = [i for i, leaf in enumerate(flat) if isinstance(leaf, torch.Tensor)]
    inputs = tuple(flat[i] for i in held)

    class Wrapped(nn.Module):
        def forward(self, *given):
            leaves = list(flat)
            for i, tensor in zip(held, given, strict=True):
                leaves[i] = tensor
            args = tree_unflatten(leaves, form)
            return tuple(tensors(case.function(*args, **case.kwargs)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(Wrapped(), inputs, strict=False)
    result = program.module()(*inputs)
    for got, wanted in zip(result, tensors(case.call()), strict=True):
        torch.testing.assert_close(got, wanted)


@able("meta")
def test_meta_tensors_give_shape_and_dtype(case):
    args, kwargs = tree_map(
        lambda v: v.to("meta") if isinstance(v, torch.Tensor) else v,
        (case.args, dict(case.kwargs)),
    )
    result = case.function(*args, **kwargs)
    for got, wanted in zip(tensors(result), tensors(case.call()), strict=True):
        assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)
        assert got.is_meta


LEARNABLE = [(case, name) for case in CASES for name in case.learnable]


@pytest.mark.parametrize(
    ("case", "name"), LEARNABLE, ids=[f"{c.name}-{name}" for c, name in LEARNABLE]
)
def test_a_parameter_may_be_a_tensor_with_a_gradient(case, name):
    """Alone or one for each row, it acts as the number does, and its slope is right."""

    def with_parameter(value):
        if name.isdigit():
            at = int(name)
            return case.call((*case.args[:at], value, *case.args[at + 1 :]))
        return case.call(**{name: value})

    number = case.args[int(name)] if name.isdigit() else case.kwargs[name]
    like = floating(case.args)[0]
    alone = torch.tensor(number, dtype=like.dtype)
    shape = (*like.shape[:-1], 1) if case.row else like.shape
    for value in (alone, alone.expand(shape).clone()):
        for got, wanted in zip(
            tensors(with_parameter(value)), tensors(with_parameter(number)), strict=True
        ):
            torch.testing.assert_close(got, wanted)
        value.requires_grad_()
        torch.autograd.gradcheck(
            lambda v: tuple(r for r in floating(with_parameter(v)) if r.requires_grad),
            (value,),
        )
        with pytest.raises(ValueError, match="-"):
            with_parameter(-value.detach())
    for tiny_or_huge in (number * 1e-60, number * 1e60):
        single = cast(case.args, torch.float32)
        changed = {**cast(dict(case.kwargs), torch.float32)}
        if name.isdigit():
            at = int(name)
            single = (*single[:at], tiny_or_huge, *single[at + 1 :])
        else:
            changed[name] = tiny_or_huge
        with pytest.raises(ValueError, match=r"float32"):
            case.function(*single, **changed)


class _Largest(TorchDispatchMode):
    """Keeps the number of entries of the largest tensor that is made."""

    entries = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        made = [t.numel() for t in tensors(result) if t._base is None]
        self.entries = max(self.entries, *made, 0)
        return result


@each([case for case in CASES if case.large])
def test_memory_stays_bounded(case):
    fresh = {name: None for name in case.kwargs if name == "noise"}  # else too small
    with _Largest() as largest:
        result = case.call(case.large, **fresh)
    size = sum(t.numel() for t in tensors((case.large, result)))
    assert largest.entries <= case.bound * size
