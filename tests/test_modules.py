"""The contract of the public modules, one promise after the other.

CONTRIBUTING.md states the contract in words. Its table of calls is in `module_calls.py`
of each folder of tests.
"""

import importlib
from pathlib import Path

import pytest
import torch
from torch.utils._pytree import tree_map

from tests.contract import Case, cast, floating, tensors
from tests.modules import ModuleCase
from tests.substitutes import calls_without_a_tensor

FOLDERS = sorted(p.parent.name for p in Path(__file__).parent.glob("*/module_calls.py"))
MODULES = [
    case
    for folder in FOLDERS
    for case in importlib.import_module(f"tests.{folder}.module_calls").MODULES
]
HALF = (torch.float16, torch.bfloat16)
OTHER = {  # numbers of another kind
    torch.float64: (torch.int64, torch.float32),
    torch.bool: (torch.int64, torch.float64),
    torch.int64: (torch.float64,),
}


def each(cases: list[ModuleCase]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def able(promise: str) -> pytest.MarkDecorator:
    """The modules for which a promise can be kept."""
    return each([case for case in MODULES if promise not in case.without])


def named(name: str) -> str:
    """How a message begins that names an input."""
    return rf"^[\w .,\[\]]*\b{name}\b[\w .,\[\]]* must "


@each(MODULES)
def test_what_is_no_tensor_is_refused_by_name(case):
    """A list, an array, a word, a number or nothing, unless an annotation allows it."""
    forward = case.make().forward
    calls = list(calls_without_a_tensor(Case(forward, (), case.inputs)))
    assert calls, "no input is annotated as a tensor"
    for message, args, kwargs in calls:
        with pytest.raises(TypeError, match=message):
            forward(*args, **kwargs)


@each(MODULES)
def test_numbers_of_another_kind_are_refused_by_name(case):
    model = case.make()
    for name, tensor in case.tensors().items():
        for dtype in OTHER[tensor.dtype]:
            if dtype == torch.float32 and name in case.free:
                continue
            with pytest.raises(TypeError, match=named(name)):
                model(**{**case.inputs, name: tensor.to(dtype)})


@each(MODULES)
def test_a_size_that_does_not_fit_is_refused(case):
    """One column more; a single number; one row more than the other inputs have."""
    model = case.make()
    batches = [value for k, value in case.inputs.items() if k not in case.shared]
    several = sum(1 for value in batches if list(tensors(value))) > 1
    for name, tensor in case.tensors().items():
        changed = []
        if tensor.is_floating_point() and name not in case.free:
            changed += [torch.cat([tensor, tensor[..., :1]], -1), tensor.flatten()[0]]
        if (several or name in case.shared) and name not in case.free:
            changed += [torch.cat([tensor, tensor[:1]])]
        for wrong in changed:
            with pytest.raises(ValueError, match=r"^[\w ,.\[\]]*must .* got "):
                model(**{**case.inputs, name: wrong})


@able("half")
@pytest.mark.parametrize("dtype", HALF)
def test_half_precision_is_kept_or_refused_by_name(case, dtype):
    model, inputs = case.make().to(dtype), cast(dict(case.inputs), dtype)
    try:
        result = model(**inputs)
    except TypeError as error:
        assert str(dtype) in str(error)  # noqa: PT017
        return
    assert {r.dtype for r in floating(result)} <= {dtype}


@able("empty")
def test_an_empty_batch_gives_an_empty_result(case):
    model = case.make()
    batch = {k: v for k, v in case.inputs.items() if k not in case.shared}
    empty = case.inputs | tree_map(
        lambda v: v[:0] if isinstance(v, torch.Tensor) else v, batch
    )
    full = list(tensors(model(**case.inputs)))
    for none, some in zip(tensors(model(**empty)), full, strict=True):
        assert none.shape == (0, *some.shape[1:])


@able("meta")
def test_meta_tensors_give_shape_and_dtype(case):
    model = case.make()
    away = tree_map(
        lambda v: v.to("meta") if isinstance(v, torch.Tensor) else v, dict(case.inputs)
    )
    wanted = list(tensors(model(**case.inputs)))
    for got, known in zip(tensors(model.to("meta")(**away)), wanted, strict=True):
        assert (got.shape, got.dtype) == (known.shape, known.dtype)
        assert got.is_meta


@able("compile")
def test_it_compiles_without_a_graph_break(case):
    torch.compiler.reset()
    model = case.make()
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    wanted = list(tensors(model(**case.inputs)))
    for got, known in zip(tensors(compiled(**case.inputs)), wanted, strict=True):
        torch.testing.assert_close(got, known)


@able("export")
def test_it_can_be_exported(case):
    model = case.make()
    program = torch.export.export(model, (), dict(case.inputs), strict=False)
    wanted = list(tensors(model(**case.inputs)))
    for got, known in zip(
        tensors(program.module()(**case.inputs)), wanted, strict=True
    ):
        torch.testing.assert_close(got, known)
