"""Large images as several of the trained size, after InternVL."""

from dlnotes.blocks.checks import check_count
from dlnotes.vit.embedding import patch_grid


def tile_grid(size: tuple[int, int], tile: int, most: int) -> tuple[int, int]:
    """Choose the grid of tiles whose shape is nearest to that of an image, Eq. (tiles).

    Args:
        size: Height and width of the image in pixels.
        tile: Side of a tile in pixels.
        most: Most tiles allowed.

    Returns:
        Rows and columns of tiles. Of several equally near, the largest that has less
        than twice the pixels of the image, or the smallest if none has.

    Examples:
        >>> tile_grid((960, 1280), 448, 12)
        (3, 4)
    """
    for name, value in (("size", min(size)), ("tile", tile), ("most", most)):
        check_count(name, value)
    height, width = size
    grids = [(r, c) for c in range(1, most + 1) for r in range(1, most // c + 1)]
    grids.sort(key=lambda grid: grid[0] * grid[1])
    away = [abs(width / height - columns / rows) for rows, columns in grids]
    alike = [grid for grid, gap in zip(grids, away, strict=True) if gap == min(away)]
    limit = 2 * height * width / tile**2
    return [alike[0], *(g for g in alike if g[0] * g[1] < limit)][-1]


def tile_tokens(grid: tuple[int, int], tile: int, patch: int, factor: int = 1) -> int:
    """Count the tokens of an image in tiles, Eq. (tile-tokens).

    Args:
        grid: Rows and columns of tiles.
        tile: Side of a tile in pixels.
        patch: Side of a patch; it divides the tile.
        factor: Side of the squares of tokens that are joined.

    Returns:
        Tokens of all tiles, and of the whole image as a small one if there are several.

    Examples:
        >>> tile_tokens((3, 4), 448, 14, factor=2)
        3328
    """
    check_count("grid", min(grid))
    check_count("factor", factor)
    tiles = grid[0] * grid[1]
    side, _ = patch_grid(tile, patch * factor)
    return (tiles + (tiles > 1)) * side**2
