"""What the two forms hold in memory, in bytes."""

from dlnotes.blocks.checks import check_count


def naive_bytes(
    batch: int,
    points: int,
    *,
    neighbors: int,
    channels: int,
    outputs: int,
    itemsize: int = 4,
) -> int:
    """Bytes of the kernel of each neighbor, Eq. (naive-memory).

    Args:
        batch: Clouds, `B`.
        points: Of each, `N`.
        neighbors: Of each point, `K`.
        channels: Of the features, `C`.
        outputs: Channels of the result, `O`.
        itemsize: Bytes of a number.

    Returns:
        Those of all weights, `(B, N, K, C, O)`.

    Examples:
        >>> naive_bytes(32, 512, neighbors=32, channels=64, outputs=64) / 2**30
        8.0
    """
    return _product(batch, points, neighbors, channels, outputs, itemsize)


def efficient_bytes(
    batch: int,
    points: int,
    *,
    channels: int,
    outputs: int,
    middle: int,
    itemsize: int = 4,
) -> int:
    """Bytes of the sums over neighbors and of the last layer, Eq. (efficient-memory).

    Args:
        batch: Clouds, `B`.
        points: Of each, `N`.
        channels: Of the features, `C`.
        outputs: Channels of the result, `O`.
        middle: Length of what the weight network has before its last layer, `M`.
        itemsize: Bytes of a number.

    Returns:
        Those of the sums, `(B, N, C, M)`, and of the last layer, `(M, C, O)`.

    Examples:
        >>> size = efficient_bytes(32, 512, channels=64, outputs=64, middle=32)
        >>> round(size / 2**30, 4)
        0.1255
    """
    sums = _product(batch, points, channels, middle, itemsize)
    return sums + _product(middle, channels, outputs, itemsize)


def operand_bytes(
    batch: int,
    points: int,
    *,
    neighbors: int,
    channels: int,
    middle: int,
    itemsize: int = 4,
) -> int:
    """Bytes of what both forms get: features and hidden values of the neighbors.

    Args:
        batch: Clouds, `B`.
        points: Of each, `N`.
        neighbors: Of each point, `K`.
        channels: Of the features, `C`.
        middle: Length of what the weight network has before its last layer, `M`.
        itemsize: Bytes of a number.

    Returns:
        Those of the scaled features, `(B, N, K, C)`, and of the hidden values,
        `(B, N, K, M)`.
    """
    return _product(batch, points, neighbors, channels, itemsize) + _product(
        batch, points, neighbors, middle, itemsize
    )


def _product(*counts: int) -> int:
    total = 1
    for count in counts:
        check_count("every size", count)
        total *= count
    return total
