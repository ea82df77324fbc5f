"""How many parameters networks with windows, or with a teacher, have."""

from collections.abc import Sequence

from dlnotes.blocks.checks import check_count
from dlnotes.vit.sizes import parameter_count

# Liu et al. (2021), section 3.3; heads are those of the first stage.
SWIN_SIZES = {
    "T": {"dim": 96, "depths": (2, 2, 6, 2), "heads": 3},
    "S": {"dim": 96, "depths": (2, 2, 18, 2), "heads": 3},
    "B": {"dim": 128, "depths": (2, 2, 18, 2), "heads": 4},
}


def swin_parameter_count(
    dim: int,
    depths: Sequence[int],
    heads: int,
    window: int,
    *,
    patch: int = 4,
    channels: int = 3,
    classes: int,
) -> int:
    """Count the parameters of a network of windows in stages, Eq. (swin-parameters).

    Args:
        dim: Length of a token in the first stage; it doubles from stage to stage.
        depths: Layers of each stage.
        heads: Of attention in the first stage; they double too.
        window: Side of a window in tokens.
        patch: Side of a patch in pixels.
        channels: Of the images.
        classes: Outputs of the head.

    Returns:
        The number of weights, biases, factors and offsets for relative positions.

    Examples:
        >>> swin_parameter_count(96, (2, 2, 6, 2), 3, 7, classes=1000)
        28288354
    """
    given = {"dim": dim, "heads": heads, "window": window, "patch": patch}
    for name, value in {**given, "channels": channels, "classes": classes}.items():
        check_count(name, value)
    check_count("depths", min(depths, default=0))
    total, table = (patch**2 * channels + 3) * dim, (2 * window - 1) ** 2
    for stage, depth in enumerate(depths):
        width = dim << stage  # doubled with each stage, like the heads
        total += depth * (12 * width**2 + 13 * width + (heads << stage) * table)
        if stage + 1 < len(depths):  # joins squares of four tokens
            total += 8 * width**2 + 8 * width
    return total + 2 * width + (width + 1) * classes


def distilled_parameter_count(
    tokens: int, patch: int, dim: int, depth: int, *, channels: int = 3, classes: int
) -> int:
    """Count what a distillation token and its head add, Eq. (distilled-parameters).

    Args:
        tokens: Patches in an image; class and distillation token come on top.
        patch: Side of a patch in pixels.
        dim: Length of a token.
        depth: Layers of the encoder.
        channels: Of the images.
        classes: Outputs of each of the two heads.

    Returns:
        All parameters of the network, the token, its code and its head among them.

    Examples:
        >>> distilled_parameter_count(196, 16, 768, 12, classes=1000)
        87338192
    """
    shape = (tokens, patch, dim, depth)
    plain = parameter_count(*shape, channels=channels, classes=classes)
    return plain + 2 * dim + (dim + 1) * classes
