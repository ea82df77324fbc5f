"""Receptive fields measured on a network itself, by its gradients."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from dlnotes.blocks.checks import check_finite, first_where, holds
from dlnotes.blocks.precision import HALF, widen_half
from dlnotes.receptive_field.fields import Region

CHANNELS_AT_ONCE = 4  # gradients of so many channels are held in memory
GOLDEN = (5**0.5 - 1) / 2


def positive_copy(model: nn.Module) -> nn.Module:
    """Copy a model in double precision and evaluation mode, with positive weights.

    Args:
        model: The model, which stays as it is.

    Returns:
        A copy whose weights average their inputs, unevenly and to within a factor of
        1/2 to 3/2, and whose biases are 0.
    """
    twin = deepcopy(model).double().eval()
    with torch.no_grad():
        for name, weight in twin.named_parameters():
            if weight.dim() > 1:
                # Unequal, so that channels differ and a softmax over them does not
                # cancel; fractions of multiples of the golden ratio never repeat.
                count = torch.arange(weight.numel(), dtype=weight.dtype)
                uneven = (0.5 + count * GOLDEN % 1).view_as(weight)
                weight.copy_(uneven / weight[0].numel())
            else:
                weight.fill_(0.0 if "bias" in name.rsplit(".")[-1] else 1.0)
    return twin


def gradient_energy(
    model: nn.Module, images: Tensor, unit: Sequence[int] | None = None
) -> Tensor:
    """Mean squared gradient of one unit by each pixel, Eq. (energy).

    Args:
        model: Maps images to feature maps `(B, C', ...)`, each image on its own.
        images: Shape `(B, C, ...)`, float32 or float64: squares do not fit into half.
        unit: Position of the unit along each axis; the middle if not given.

    Returns:
        Shape `(...)`: squared derivatives of that unit, summed over its channels and
        those of the image, averaged over the images. It carries no gradient.

    Examples:
        >>> gradient_energy(nn.AvgPool1d(2), torch.zeros(1, 1, 6), [1])
        tensor([0.0000, 0.0000, 0.2500, 0.2500, 0.0000, 0.0000])
    """
    check_finite("images", images)
    if images.dtype in HALF:
        raise TypeError(f"images must be float32 or float64, got {images.dtype}")
    if not images.shape[0]:
        raise ValueError(f"images must hold at least one, got {tuple(images.shape)}")

    def of_unit(x: Tensor) -> Tensor:
        return _at(_first(model(x)), x.dim(), unit).flatten(1).sum(0)  # (C',)

    with torch.no_grad():
        channels, pull, *_ = torch.func.vjp(of_unit, images.detach())
        basis = torch.eye(len(channels), dtype=channels.dtype, device=channels.device)
        energy = torch.zeros_like(images[0, 0])
        for some in torch.split(basis, CHANNELS_AT_ONCE):
            (gradients,) = torch.func.vmap(pull)(some)  # (c, B, C, ...)
            energy = energy + gradients.square().sum((0, 1, 2))
    return energy / len(images)


@widen_half
def spread(energy: Tensor) -> Tensor:
    """Standard deviation of an energy along each axis, Eq. (spread).

    Args:
        energy: Weights that are not negative, shape `(H, W)`, or any number of axes.

    Returns:
        One number of pixels for each axis.

    Examples:
        >>> spread(torch.tensor([[0.0, 1.0, 0.0, 1.0]]))
        tensor([0., 1.])
    """
    check_finite("energy", energy)
    seen = energy.detach()
    if not energy.numel() or not energy.dim() or not holds(seen.amax() > 0):
        raise ValueError("energy must have axes and a positive sum")
    if not holds(seen >= 0):
        negative = first_where(seen, seen < 0)
        raise ValueError(f"energy must not be negative, got {negative}")
    scaled = energy / seen.amax()  # so that no sum overflows
    axes = range(energy.dim())
    return torch.stack([_deviation(_along(scaled, axis)) for axis in axes])


def support(
    model: nn.Module,
    input_shape: Sequence[int],
    unit: Sequence[int] | None = None,
    *,
    axes: Sequence[int] | None = None,
) -> tuple[Region, ...]:
    """First and last pixel with a gradient along each axis, Eq. (support).

    The measurement is made on a copy in evaluation mode whose weights are all
    positive, so that no two paths cancel. Activations and normalizations become the
    identity and pooled maxima become means, so that they cut no path. What else has
    flat parts, such as `clamp`, may cut one.

    Args:
        model: Any module that takes one tensor; its first output is measured.
        input_shape: Shape of that tensor, batch and channels included.
        unit: Position of the unit along each axis; the middle if not given.
        axes: Dimensions of the positions, in input and output alike; all from the
            third on if not given.

    Returns:
        First and last pixel along each axis, both included, inside of the image;
        `None` if the unit sees nothing.

    Raises:
        ValueError: If the output does not have these dimensions, or its gradient is
            not finite.

    Examples:
        >>> support(nn.Conv1d(1, 1, 3, stride=2), (1, 1, 9), [2])
        ((4, 6),)
    """
    followed = tuple(range(2, len(input_shape)) if axes is None else axes)
    image = torch.ones(*input_shape, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad(), _Linear():
        output = _first(positive_copy(model)(image))
    if output.dim() <= max(followed):
        shape = tuple(output.shape)
        raise ValueError(f"output must have dimensions {followed}, got shape {shape}")
    for i, dim in enumerate(followed):
        place = output.shape[dim] // 2 if unit is None else unit[i]
        output = output.narrow(dim, place, 1)
    if not output.requires_grad:
        return (None,) * len(followed)
    (gradient,) = torch.autograd.grad(output.sum(), image)
    if not gradient.isfinite().all():
        raise ValueError("gradient must be finite: positive weights made it overflow")
    return tuple(_ends(gradient, dim) for dim in followed)


_IDENTITIES = frozenset(
    (
        *("relu", "relu6", "leaky_relu", "prelu", "elu", "celu", "selu", "gelu"),
        *("silu", "mish", "softplus", "hardswish", "hardtanh", "local_response_norm"),
        *("_threshold", "threshold", "hardshrink", "softshrink"),
        *("batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"),
    )
)


class _Linear(TorchFunctionMode):
    """Leaves out what would cut a path or let paths cancel."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "").rstrip("_")
        if name in _IDENTITIES:
            return args[0] if args else kwargs["input"]
        if name in ("sigmoid", "hardsigmoid", "tanh"):
            return F.softsign(args[0])  # a gate that never saturates
        if name.startswith("max_pool"):
            return _mean_pool(func, *args, **kwargs)
        if name.startswith("adaptive_max_pool"):
            means = getattr(F, name.split("_with")[0].replace("max", "avg"))
            kwargs.pop("return_indices", None)
            return means(*args[:2], **kwargs)
        return func(*args, **kwargs)


def _mean_pool(func: Any, *args: Any, **kwargs: Any) -> Tensor:
    """Average the window of a maximum, dilated or not, by a convolution."""
    bound = dict(zip(_POOL, args, strict=False)) | kwargs
    images = bound["input"]
    count = images.dim() - 2
    kernel, padding, dilation = (
        _each(bound.get(key, default), count)
        for key, default in (("kernel_size", 1), ("padding", 0), ("dilation", 1))
    )
    stride = _each(bound.get("stride") or kernel, count)
    with torch.no_grad():
        result = func(*args, **kwargs)
        shape = (result[0] if isinstance(result, tuple) else result).shape[2:]
    pads = []
    for axis in reversed(range(count)):
        span = (
            (shape[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1
        )
        end = span - images.shape[2 + axis] - padding[axis]
        pads += [padding[axis], end]
    channels = images.shape[1]
    weight = images.new_full((channels, 1, *kernel), 1 / torch.Size(kernel).numel())
    convolve = (F.conv1d, F.conv2d, F.conv3d)[count - 1]
    padded = F.pad(images, pads)
    return convolve(padded, weight, None, stride, 0, dilation, channels)


def _at(output: Tensor, axes: int, unit: Sequence[int] | None) -> Tensor:
    """Cut one unit out of feature maps that should have as many axes as the images."""
    if output.dim() != axes:
        shape = tuple(output.shape)
        raise ValueError(f"output must have {axes} dimensions, got {shape}")
    for dim in range(2, axes):
        place = output.shape[dim] // 2 if unit is None else unit[dim - 2]
        output = output.narrow(dim, place, 1)
    return output


def _along(weights: Tensor, axis: int) -> Tensor:
    """Sum weights over all axes but one, and make them shares."""
    others = [other for other in range(weights.dim()) if other != axis]
    weights = weights.sum(others) if others else weights
    return weights / weights.sum()


def _deviation(share: Tensor) -> Tensor:
    place = torch.arange(len(share), dtype=share.dtype, device=share.device)
    variance = (share * (place - (share * place).sum()).square()).sum()
    # The root has no slope at 0, where all weight is on one pixel.
    positive = torch.where(variance > 0, variance, 1)
    return torch.where(variance > 0, positive.sqrt(), 0)


_POOL = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode")


def _each(value: Any, count: int) -> list[int]:
    return [value] * count if isinstance(value, int) else list(value)


def _first(result: Any) -> Tensor:
    tensor: Tensor = next(x for x in tree_leaves(result) if isinstance(x, Tensor))
    return tensor


def _ends(gradient: Tensor, dim: int) -> Region:
    others = [other for other in range(gradient.dim()) if other != dim]
    (touched,) = torch.where(gradient.abs().sum(others) > 0)
    return (int(touched[0]), int(touched[-1])) if len(touched) else None
