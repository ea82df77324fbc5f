"""Checks of dlnotes.flexible_vit.tiles."""

import pytest
import torch
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import (
    get_optimal_tiled_canvas,
)

from dlnotes.blocks.patches import patchify
from dlnotes.flexible_vit.connectors import unshuffle_tokens
from dlnotes.flexible_vit.tiles import tile_grid, tile_tokens


@pytest.mark.parametrize("most", [1, 6, 12])
def test_tiles_are_those_of_transformers(most, rng):
    """Eq. (tiles), over random sizes and over squares, where shapes tie."""
    sizes = torch.randint(20, 3000, (300, 2), generator=rng()).tolist()
    sizes += [[side, side] for side in (100, 448, 633, 634, 897, 2000)]
    for height, width in sizes:
        columns, rows = get_optimal_tiled_canvas((height, width), (448, 448), 1, most)
        assert tile_grid((height, width), 448, most) == (rows, columns)


def test_tokens_of_tiles_are_those_of_their_patches():
    """Eq. (tile-tokens), by cutting up an image, and the whole made small."""
    for rows, columns in ((1, 1), (2, 3)):
        image = torch.zeros(1, 3, rows * 56, columns * 56)
        tiles = patchify(image, 56).view(-1, 56, 56, 3).permute(0, 3, 1, 2)
        if len(tiles) > 1:
            tiles = torch.cat([tiles, tiles[:1]])
        joined = unshuffle_tokens(patchify(tiles, 14), (4, 4), 2)
        found = tile_tokens((rows, columns), 56, 14, factor=2)
        assert found == joined.shape[0] * joined.shape[1]
    with pytest.raises(ValueError, match="patch must divide"):
        tile_tokens((1, 1), 50, 14)
