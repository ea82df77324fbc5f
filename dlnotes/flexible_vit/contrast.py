"""Images and texts told apart pair by pair, after SigLIP."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import Parameter, check_finite, check_real
from dlnotes.blocks.precision import widen_half

START = math.log(10)  # section 3.2 of the paper: factor 10, offset -10


@widen_half
def sigmoid_loss(
    images: Tensor,
    texts: Tensor,
    *,
    log_scale: Parameter = START,
    offset: Parameter = -10.0,
) -> Tensor:
    """Ask of each image and text whether they belong together, Eq. (sigmoid-loss).

    Args:
        images: Vectors of length 1, `(B, D)`.
        texts: Vectors of length 1, `(B, D)`; row `i` belongs to image `i`.
        log_scale: Logarithm of the factor of the products, a number or tensor ().
        offset: Added to all scores, a number or tensor ().

    Returns:
        The loss, a number, divided by the number of images.
    """
    check_finite("images", images)
    check_finite("texts", texts)
    for name, value in (("log_scale", log_scale), ("offset", offset)):
        if not isinstance(value, Tensor):
            check_real(name, value, like=images)
    if images.ndim != 2 or images.shape != texts.shape or not len(images):
        shapes = tuple(images.shape), tuple(texts.shape)
        raise ValueError(f"images and texts must be (B, D), got shapes {shapes}")
    scale = torch.as_tensor(log_scale).to(images).exp()
    scores = scale * images @ texts.T + offset
    together = 2 * torch.eye(len(images)).to(scores) - 1
    return -F.logsigmoid(together * scores).sum() / len(images)
