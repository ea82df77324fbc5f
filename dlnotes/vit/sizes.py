"""How many parameters a vision transformer has, and what it costs to run."""

from dlnotes.blocks.checks import check_count

# Dosovitskiy et al. (2021), table 1; Ti and S from Touvron et al. (2021), table 1.
SIZES = {
    "Ti": {"dim": 192, "depth": 12, "heads": 3},
    "S": {"dim": 384, "depth": 12, "heads": 6},
    "B": {"dim": 768, "depth": 12, "heads": 12},
    "L": {"dim": 1024, "depth": 24, "heads": 16},
    "H": {"dim": 1280, "depth": 32, "heads": 16},
}


def parameter_count(
    tokens: int, patch: int, dim: int, depth: int, *, channels: int = 3, classes: int
) -> int:
    """Count the parameters of the whole network, Eq. (parameters).

    Args:
        tokens: Patches in an image, `N`; the class token comes on top.
        patch: Side of a patch, `P`.
        dim: Length of a token, `D`; the feed-forward networks have four times as many
            inner units.
        depth: Layers of the encoder, `L`.
        channels: Of the images, `C`.
        classes: Outputs of the head, `n`; 0 for no head.

    Returns:
        The number of weights, biases, learned codes and the class token.

    Examples:
        >>> parameter_count(196, 16, 768, 12, classes=1000)
        86567656
    """
    for name, value in {"tokens": tokens, "patch": patch, "dim": dim}.items():
        check_count(name, value)
    embedding = (patch**2 * channels + 1) * dim
    codes = dim + (tokens + 1) * dim
    layers = depth * (12 * dim**2 + 13 * dim)
    return embedding + codes + layers + 2 * dim + (dim + 1) * classes


def layer_multiply_adds(tokens: int, dim: int) -> int:
    """Count the multiplications of one layer of the encoder, Eq. (layer-cost).

    Args:
        tokens: All that the layer reads, `N`.
        dim: Length of a token, `D`.

    Returns:
        The linear part, then the part that grows with the square of `N`, added.
    """
    check_count("tokens", tokens)
    check_count("dim", dim)
    return 12 * tokens * dim**2 + 2 * tokens**2 * dim


def multiply_adds(
    tokens: int, patch: int, dim: int, depth: int, *, channels: int = 3, classes: int
) -> int:
    """Count the multiplications of matrices for one image, Eq. (multiply-adds).

    Args:
        tokens: Patches in an image, `N`; the class token comes on top.
        patch: Side of a patch, `P`.
        dim: Length of a token, `D`.
        depth: Layers of the encoder, `L`.
        channels: Of the images, `C`.
        classes: Outputs of the head, `n`; 0 for no head.

    Returns:
        Pairs of a multiplication and an addition; a FLOP count is twice as large.
    """
    for name, value in {"tokens": tokens, "patch": patch, "dim": dim}.items():
        check_count(name, value)
    embedding = tokens * patch**2 * channels * dim
    layers = depth * layer_multiply_adds(tokens + 1, dim)
    return embedding + layers + dim * classes
