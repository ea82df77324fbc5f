"""What the estimators of this note ask of their arguments."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite


def check_parameters(
    parameters: Sequence[Tensor], names: Sequence[str] | None = None
) -> None:
    """Refuse anything but finite floating-point tensors.

    Args:
        parameters: The tensors.
        names: What to call them; by default `parameters[0]` and so on.

    Raises:
        TypeError: If one is not a floating-point tensor.
        ValueError: If there is none, or one is not finite.
    """
    if not parameters:
        raise ValueError("parameters must hold at least one tensor, got none")
    names = names or [f"parameters[{i}]" for i in range(len(parameters))]
    for name, parameter in zip(names, parameters, strict=True):
        check_finite(name, parameter)


def as_parameters(parameters: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Refuse a bare tensor, which would fall apart into its rows.

    Args:
        parameters: One finite floating-point tensor per parameter.

    Returns:
        The tensors as a tuple.

    Raises:
        TypeError: If it is a tensor, or holds anything but floating-point tensors.
        ValueError: If there is none, or one is not finite.
    """
    if isinstance(parameters, Tensor):
        raise TypeError("parameters must be a tuple such as (logits,), got a tensor")
    check_parameters(tuple(parameters))
    return tuple(parameters)


def check_scale(scale: Tensor, name: str = "scale") -> None:
    """Refuse a scale, temperature or rate that is not positive.

    Raises:
        ValueError: If an entry is 0 or negative.
    """
    if not (scale > 0).all():
        raise ValueError(f"{name} must be positive, got {scale.min().item()}")


def check_open_unit(uniform: Tensor, name: str) -> None:
    """Refuse noise that is not strictly between 0 and 1.

    Raises:
        TypeError: If it is not a floating-point tensor.
        ValueError: If an entry lies outside, or at an end.
    """
    check_parameters((uniform,), (name,))
    if not ((uniform > 0) & (uniform < 1)).all():
        low, high = uniform.min().item(), uniform.max().item()
        raise ValueError(
            f"{name} must lie strictly between 0 and 1, got {low} to {high}"
        )


def check_sample_shape(samples: Tensor, event: Sequence[int], name: str) -> torch.Size:
    """Split off the leading dimensions, over which the samples are laid out.

    Args:
        samples: Shape `(..., *event)`.
        event: Shape of one sample.
        name: What to call the tensor in a message.

    Returns:
        The leading dimensions `(...)`.

    Raises:
        TypeError: If the samples are no tensor.
        ValueError: If the shape does not end in `event`.
    """
    if not isinstance(samples, Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(samples).__name__}")
    lead = samples.ndim - len(event)
    if lead < 0 or samples.shape[lead:] != tuple(event):
        raise ValueError(
            f"{name} must have a shape that ends in {tuple(event)}, the shape of one "
            f"sample, got {tuple(samples.shape)}"
        )
    return samples.shape[:lead]


def one_number_per_sample(
    f: Callable[[Tensor], Tensor],
    samples: Tensor,
    lead: torch.Size,
    dtype: torch.dtype,
) -> Tensor:
    """Call `f` and insist on one finite number per sample.

    Args:
        f: The function whose expectation is wanted.
        samples: Shape `(*lead, *event)`.
        lead: The leading dimensions.
        dtype: The floating-point type that booleans and integers become.

    Returns:
        The values, shape `lead`.

    Raises:
        TypeError: If `f` does not return a real tensor.
        ValueError: If it returns another shape, or a number that is not finite.
    """
    values = f(samples)
    if not isinstance(values, Tensor):
        raise TypeError(f"f must return a tensor, got {type(values).__name__}")
    if values.is_complex():
        raise TypeError(f"f must return real numbers, got {values.dtype}")
    if values.shape != lead:
        raise ValueError(
            f"f must return one number per sample, shape {tuple(lead)}, "
            f"got {tuple(values.shape)}"
        )
    if not values.is_floating_point():
        values = values.to(dtype)
    if not values.isfinite().all():
        raise ValueError("f must return finite numbers")
    return values


def common_shape(parameters: Sequence[Tensor]) -> torch.Size:
    """The shape to which parameters broadcast, that of one sample.

    Raises:
        ValueError: If they do not broadcast.
    """
    shapes = [tuple(parameter.shape) for parameter in parameters]
    try:
        shape: torch.Size = torch.broadcast_shapes(*shapes)  # type: ignore[no-untyped-call]
        return shape
    except RuntimeError:
        raise ValueError(f"parameters must broadcast, got shapes {shapes}") from None


def one_copy_per_sample(
    parameters: Sequence[Tensor], lead: torch.Size, event_dims: int
) -> tuple[Tensor, ...]:
    """Give each sample its own copy of each parameter, to differentiate apart.

    Args:
        parameters: Shapes that broadcast to at most `event_dims` dimensions.
        lead: The leading dimensions of the samples.
        event_dims: Dimensions of one sample.

    Returns:
        Leaves that require gradients, shapes `(*lead, 1, ..., 1, *parameter.shape)`.
    """
    return tuple(
        parameter.detach()
        .expand(lead + (1,) * (event_dims - parameter.ndim) + parameter.shape)
        .clone()
        .requires_grad_()
        for parameter in parameters
    )


def append_dims(values: Tensor, ndim: int) -> Tensor:
    """Give a tensor trailing dimensions of length 1, up to `ndim` dimensions."""
    return values.reshape(values.shape + (1,) * (ndim - values.ndim))
