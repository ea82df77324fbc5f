"""The gradient of a bias, and what a start at zero does to a network."""

from torch import Tensor

from dlnotes.bias.checks import check_axis
from dlnotes.blocks.checks import check_finite
from dlnotes.blocks.precision import widen_half


@widen_half
def bias_gradient(delta: Tensor, *, channel_axis: int = -1) -> Tensor:
    r"""Sum errors over everything but the channels, Eq. (bias-gradient).

    Args:
        delta: Derivative of the loss in the layer's outputs: `(..., C)`, or with
            channels elsewhere, such as `(B, C, H, W)` with `channel_axis=1`.
        channel_axis: Which axis the bias belongs to.

    Returns:
        Derivative of the loss in the bias, shape `(C,)`.
    """
    check_finite("delta", delta)
    check_axis("channel_axis", channel_axis, delta)
    last = delta.movedim(channel_axis, -1)
    return last.sum(dim=tuple(range(last.ndim - 1))) if last.ndim > 1 else last.clone()


@widen_half
def hidden_gradients(
    x: Tensor, slope: Tensor, output_weight: Tensor, delta: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Differentiate the loss in the weights of a hidden layer, Eq. (symmetry).

    Args:
        x: Inputs of the hidden layer, shape `(B, D)`.
        slope: Derivative of the activation at each unit, `(B, H)`.
        output_weight: Of the layer after it, shape `(K, H)`.
        delta: Derivative of the loss in the outputs, shape `(B, K)`.

    Returns:
        Derivatives in the hidden weights, `(H, D)`, and in the hidden biases, `(H,)`.
    """
    arguments = (x, slope, output_weight, delta)
    names = ("x", "slope", "output_weight", "delta")
    for name, tensor in zip(names, arguments, strict=True):
        check_finite(name, tensor)
        if tensor.ndim != 2:
            shape = tuple(tensor.shape)
            raise ValueError(f"{name} must be a matrix, got shape {shape}")
    batch, (outputs, hidden) = len(x), output_weight.shape
    if slope.shape != (batch, hidden) or delta.shape != (batch, outputs):
        raise ValueError(
            f"slope and delta must have shapes {(batch, hidden)} and "
            f"{(batch, outputs)}, got {tuple(slope.shape)} and {tuple(delta.shape)}"
        )
    errors = (delta @ output_weight) * slope  # (B, H)
    return errors.mT @ x, bias_gradient(errors)
