"""How samples are laid out, and derivatives taken apart, one sample from the other."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite


def one_number_per_sample(
    name: str,
    f: Callable[[Tensor], Tensor],
    samples: Tensor,
    lead: torch.Size,
    dtype: torch.dtype,
) -> Tensor:
    """Call a function and insist on one finite number per sample.

    Args:
        name: What the caller calls the function, for the message.
        f: The function.
        samples: Shape `(*lead, *event)`.
        lead: The leading dimensions.
        dtype: The floating-point type that booleans and integers become.

    Returns:
        The values, shape `lead`.
    """
    values = f(samples)
    if not isinstance(values, Tensor):
        raise TypeError(f"{name} must return a tensor, got {type(values).__name__}")
    if values.is_complex():
        raise TypeError(f"{name} must return real numbers, got {values.dtype}")
    if values.shape != lead:
        raise ValueError(
            f"{name} must return one number per sample, shape {tuple(lead)}, "
            f"got {tuple(values.shape)}"
        )
    if not values.is_floating_point():
        values = values.to(dtype)
    check_finite(f"what {name} returns", values)
    return values


def one_copy_per_sample(
    parameters: Sequence[Tensor], lead: torch.Size, event_dims: int
) -> tuple[Tensor, ...]:
    """Give each sample its own copy of each parameter, to differentiate apart.

    Args:
        parameters: Shapes that broadcast to at most `event_dims` dimensions.
        lead: The leading dimensions of the samples.
        event_dims: Dimensions of one sample.

    Returns:
        Detached views, shapes `(*lead, 1, ..., 1, *parameter.shape)`.
    """
    return tuple(
        parameter.detach().expand(
            lead + (1,) * (event_dims - parameter.ndim) + parameter.shape
        )
        for parameter in parameters
    )


def differentiate(
    function: Callable[..., Tensor], copies: tuple[Tensor, ...]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Evaluate samples, and differentiate each by its own copies.

    Args:
        function: Maps the copies to values, each from its own sample only.
        copies: From `one_copy_per_sample`.

    Returns:
        The values, and the derivatives of their sum by each copy, 0 where nothing
        depends on it. Both stay attached to what `function` holds, and only to that.
    """

    def total(*copies: Tensor) -> tuple[Tensor, Tensor]:
        values = function(*copies)
        return values.sum(), values

    every = tuple(range(len(copies)))
    slopes, values = torch.func.grad(total, every, has_aux=True)(*copies)
    return values, slopes


def slope_per_sample(
    function: Callable[..., Tensor],
    copies: tuple[Tensor, ...],
    parameters: Sequence[Tensor],
    lead: torch.Size,
) -> tuple[Tensor, ...]:
    """Differentiate each sample by its own copies, in the shapes of the parameters.

    Args:
        function: Maps the copies to values, each from its own sample only.
        copies: From `one_copy_per_sample`.
        parameters: What the copies were made of.
        lead: The leading dimensions of the samples.

    Returns:
        One detached tensor `(*lead, *parameter.shape)` per parameter.
    """
    with torch.no_grad():  # what `function` holds gets no gradient from here
        _, found = differentiate(function, copies)
    return tuple(
        slope.reshape(lead + parameter.shape)
        for slope, parameter in zip(found, parameters, strict=True)
    )


def append_dims(values: Tensor, ndim: int) -> Tensor:
    """Give a tensor trailing dimensions of length 1, up to `ndim` dimensions.

    Args:
        values: The tensor.
        ndim: How many dimensions it will have.

    Returns:
        A view of it.
    """
    return values.reshape(values.shape + (1,) * (ndim - values.ndim))
