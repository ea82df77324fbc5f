"""Folding batch normalization into the layer before it."""

from collections import Counter
from copy import deepcopy
from typing import TypeVar

import torch
from einops import rearrange
from torch import Tensor, fx, nn

from dlnotes.bias.checks import check_length
from dlnotes.bias.normalization import batch_norm_affine
from dlnotes.blocks.checks import (
    check_finite,
    check_floating,
    check_module,
    holds,
)
from dlnotes.blocks.precision import widen_half

ModelT = TypeVar("ModelT", bound=nn.Module)

_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
# Exact types, so that a subclass that computes something else is left alone, and for
# each the batch normalizations that can follow it.
_PARTNERS: dict[type[nn.Module], tuple[type[nn.Module], ...]] = {
    nn.Linear: (nn.BatchNorm1d, nn.SyncBatchNorm),
    nn.Conv1d: (nn.BatchNorm1d, nn.SyncBatchNorm),
    nn.Conv2d: (nn.BatchNorm2d, nn.SyncBatchNorm),
    nn.Conv3d: (nn.BatchNorm3d, nn.SyncBatchNorm),
    nn.ConvTranspose1d: (nn.BatchNorm1d, nn.SyncBatchNorm),
    nn.ConvTranspose2d: (nn.BatchNorm2d, nn.SyncBatchNorm),
    nn.ConvTranspose3d: (nn.BatchNorm3d, nn.SyncBatchNorm),
}
_NORMS = (nn.modules.batchnorm._BatchNorm,)
_HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
)


class Folded(nn.Identity):
    """What a folded batch normalization leaves in its place: nothing to compute.

    It passes its input on, and still insists on the number of axes. A linear layer's
    batch normalization is folded for inputs `(N, D)`; for `(N, L, D)` it would have
    normalized along `L`, and folding would be wrong without a word.

    Args:
        axes: The number of axes that an input must have.
    """

    def __init__(self, axes: int) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, input: Tensor) -> Tensor:
        """Return the input, if it has the right number of axes."""
        return _pass_on(input, self.axes)


@widen_half
def fold_pair(
    weight: Tensor, bias: Tensor | None, scale: Tensor, shift: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Scale and shift the outputs of a layer by its parameters, Eq. (fold).

    Args:
        weight: Shape `(C, ...)`, one row per output channel, as in linear layers and
            convolutions.
        bias: Shape `(C,)`, or `None` for none.
        scale: Factor of each output channel, shape `(C,)`.
        shift: Added afterwards, shape `(C,)`.

    Returns:
        The new weight and bias, in the type of `weight`.

    Examples:
        >>> fold_pair(torch.ones(1, 2), None, torch.tensor([3.0]), torch.tensor([4.0]))
        (tensor([[3., 3.]]), tensor([4.]))
    """
    check_finite("weight", weight)
    if not weight.ndim:
        raise ValueError("weight must have rows, got a single number")
    for name, vector in {"scale": scale, "shift": shift}.items():
        check_finite(name, vector)
        check_length(name, vector, len(weight))
    if bias is not None:
        check_finite("bias", bias)
        check_length("bias", bias, len(weight))
    columns = scale.reshape(len(weight), *[1] * (weight.ndim - 1))
    moved = shift if bias is None else scale * bias + shift
    return (columns * weight).to(weight.dtype), moved.to(weight.dtype)


def foldable_pairs(model: nn.Module) -> list[tuple[str, str]]:
    """Find each batch normalization that the layer before it can take over.

    The model's graph must show that the layer feeds nothing but the normalization.
    Both must run exactly once, have plain types and matching channels, no hooks, and
    parameters that the model reads nowhere else. The normalization must keep running
    statistics.

    Args:
        model: A model that `torch.fx` can trace. It is left as it is.

    Returns:
        Names of layer and normalization, in the order of the graph.

    Raises:
        ValueError: If `torch.fx` cannot trace it.
    """
    check_module("model", model)
    if not any(True for _ in model.children()):
        return []  # a single layer
    return _traced_pairs(deepcopy(model))  # tracing may leave traces in a model


def fold_batch_norm(model: ModelT) -> ModelT:
    """Copy a model with its batch normalizations folded away, Eq. (fold).

    The copy has the same class and the same names. A folded normalization becomes
    `Folded`, an identity, and its layer has a bias. What `foldable_pairs` does not
    list stays as it is. Do not train the copy in the hope of the original's behavior.

    Args:
        model: A model in eval mode that `torch.fx` can trace, such as a
            `nn.Sequential`. It is left as it is.

    Returns:
        The copy, whose outputs are equal up to rounding. New parameters are computed
        in float64 and rounded once, to the type that the layer had.

    Raises:
        ValueError: If it or a normalization in it is in train mode, or `torch.fx`
            cannot trace it.
    """
    check_module("model", model)
    _check_eval(model)
    folded = deepcopy(model)
    for layer_name, norm_name in foldable_pairs(model):
        layer = folded.get_submodule(layer_name)
        norm = folded.get_submodule(norm_name)
        _fold_into(layer, norm)
        # Weights of a linear layer have 2 axes, of an n-dimensional convolution n + 2.
        axes = layer.get_parameter("weight").ndim
        _replace(folded, norm, Folded(axes).eval())
    return folded


def _pass_on(x: Tensor, axes: int) -> Tensor:
    check_floating("input", x)
    if x.ndim != axes:
        raise ValueError(
            f"batch normalization was folded for inputs with {axes} axes, "
            f"got shape {tuple(x.shape)}"
        )
    return x


fx.wrap("_pass_on")  # so that a folded model can be traced again


class _Tracer(fx.Tracer):
    """A tracer that looks into no layer and no normalization, subclasses included."""

    proxy_buffer_attributes = True  # shows where a model reads running statistics

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Say whether a module becomes one node of the graph."""
        whole = isinstance(m, (*_PARTNERS, *_NORMS))
        return whole or super().is_leaf_module(m, module_qualified_name)


def _check_eval(model: nn.Module) -> None:
    for name, module in model.named_modules():
        if module.training and (module is model or isinstance(module, _NORMS)):
            where = f"layer {name!r}" if name else "the model"
            raise ValueError(
                f"the model must be in eval mode, call model.eval(): {where} "
                f"({type(module).__name__}) is in train mode, where batch "
                "normalization uses the statistics of the batch"
            )


def _traced_pairs(model: nn.Module) -> list[tuple[str, str]]:
    modules = dict(model.named_modules(remove_duplicate=False))
    try:
        graph = _Tracer().trace(model)
    except Exception as error:  # what a forward does with a proxy is unpredictable
        raise ValueError(
            f"torch.fx cannot trace {type(model).__name__}: {error}"
        ) from error
    called = [modules[str(node.target)] for node in graph.nodes if _is_call(node)]
    calls = Counter(id(part) for module in called for part in module.modules())
    owners = [str(n.target).rpartition(".")[0] for n in graph.nodes if _is_read(n)]
    read = {id(modules[owner]) for owner in owners if owner in modules}
    pairs = []
    for node in graph.nodes:
        if not (_is_call(node) and len(node.all_input_nodes) == 1):
            continue
        source = node.all_input_nodes[0]
        if not (_is_call(source) and len(source.users) == 1):
            continue
        both = [modules[str(n.target)] for n in (source, node)]
        alone = all(calls[id(m)] == 1 and id(m) not in read for m in both)
        if alone and _fit(*both):
            pairs.append((str(source.target), str(node.target)))
    return pairs


def _is_call(node: fx.Node) -> bool:
    return node.op == "call_module"


def _is_read(node: fx.Node) -> bool:
    return node.op == "get_attr"


def _fit(layer: nn.Module, norm: nn.Module) -> bool:
    """Whether types, channels and hooks allow to fold one into the other."""
    if type(norm) not in _PARTNERS.get(type(layer), ()):
        return False
    both = (layer, norm)
    hooked = any(getattr(m, hooks) for m in both for hooks in _HOOKS)
    hooked = hooked or any("forward" in vars(m) for m in both)
    width = getattr(layer, "out_channels", None) or getattr(layer, "out_features", None)
    return not hooked and width == norm.num_features and norm.running_mean is not None


def _fold_into(layer: nn.Module, norm: nn.Module) -> None:
    """Give a layer of a copy new parameters; parameters it shares stay as they are."""
    assert isinstance(norm, _NORMS)
    old = layer.weight
    assert isinstance(old, nn.Parameter)
    bias = layer.bias
    assert bias is None or isinstance(bias, nn.Parameter)
    wide = None if bias is None else bias.double()
    with torch.no_grad():
        scale, shift = batch_norm_affine(deepcopy(norm).double())
        weight, moved = fold_pair(_rows(layer, old).double(), wide, scale, shift)
    weight, moved = _unrows(layer, weight).to(old.dtype), moved.to(old.dtype)
    for name, rounded in {"weight": weight, "bias": moved}.items():
        if not holds(rounded.isfinite()):
            raise ValueError(
                f"the folded {name} must fit into {old.dtype}, it overflows"
            )
    layer.weight = nn.Parameter(weight, requires_grad=old.requires_grad)
    trained = old.requires_grad if bias is None else bias.requires_grad
    layer.bias = nn.Parameter(moved, requires_grad=trained)


def _rows(layer: nn.Module, weight: Tensor) -> Tensor:
    """Bring the output channels to the front; transposed layers keep them second."""
    if not isinstance(layer, _TRANSPOSED):
        return weight
    return rearrange(weight, "(g i) o ... -> (g o) i ...", g=layer.groups)


def _unrows(layer: nn.Module, weight: Tensor) -> Tensor:
    if not isinstance(layer, _TRANSPOSED):
        return weight
    return rearrange(weight, "(g o) i ... -> (g i) o ...", g=layer.groups).contiguous()


def _replace(model: nn.Module, old: nn.Module, new: nn.Module) -> None:
    """Put a module in the place of another one, under every name it has."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if child is old:
                setattr(parent, name, new)
