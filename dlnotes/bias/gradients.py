"""The gradient of a bias, and what a start at zero does to a network."""

from torch import Tensor

from dlnotes.blocks.checks import check_finite


def bias_gradient(delta: Tensor, *, channel_axis: int = -1) -> Tensor:
    r"""Sum errors over everything but the channels, Eq. (bias-gradient).

    Args:
        delta: Derivative of the loss in the layer's outputs: `(..., C)`, or with
            channels elsewhere, such as `(B, C, H, W)` with `channel_axis=1`.
        channel_axis: Which axis the bias belongs to.

    Returns:
        Derivative of the loss in the bias, shape `(C,)`.

    Raises:
        TypeError: If `delta` is not a floating-point tensor.
        ValueError: If there is no such axis.
    """
    check_finite("delta", delta)
    if not -delta.ndim <= channel_axis < delta.ndim:
        raise ValueError(
            f"channel_axis must be an axis of shape {tuple(delta.shape)}, "
            f"got {channel_axis}"
        )
    return delta.movedim(channel_axis, -1).flatten(end_dim=-2).sum(dim=0)


def hidden_gradients(
    x: Tensor, pre_activation_slope: Tensor, output_weight: Tensor, delta: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Differentiate the loss in the weights of a hidden layer, Eq. (symmetry).

    Args:
        x: Inputs of the hidden layer, shape `(B, D)`.
        pre_activation_slope: Derivative of the activation at each unit, `(B, H)`.
        output_weight: Of the layer after it, shape `(K, H)`.
        delta: Derivative of the loss in the outputs, shape `(B, K)`.

    Returns:
        Derivatives in the hidden weights, `(H, D)`, and in the hidden biases, `(H,)`.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If the shapes do not fit.
    """
    tensors = {
        "x": x,
        "pre_activation_slope": pre_activation_slope,
        "output_weight": output_weight,
        "delta": delta,
    }
    for name, tensor in tensors.items():
        check_finite(name, tensor)
    wanted = (len(delta), output_weight.shape[1])
    if pre_activation_slope.shape != wanted or len(x) != len(delta):
        raise ValueError(
            f"pre_activation_slope must have shape {wanted} and x as many rows, got "
            f"{tuple(pre_activation_slope.shape)} and {tuple(x.shape)}"
        )
    hidden = (delta @ output_weight) * pre_activation_slope  # (B, H)
    return hidden.mT @ x, bias_gradient(hidden)
