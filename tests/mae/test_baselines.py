"""Checks of dlnotes.mae.baselines against loops."""

import torch

from dlnotes.mae.baselines import fill_mean, fill_nearest
from dlnotes.mae.masking import hidden, shuffle
from dlnotes.vit.positions import places


def test_the_mean_is_that_of_visible_pixels(rng):
    patches = torch.randn(3, 6, 4, dtype=torch.float64, generator=rng())
    order = shuffle(torch.rand(3, 6, generator=rng(1)))
    filled = fill_mean(patches, order, 2)
    for b in range(3):
        mean = patches[b][~hidden(order, 2)[b]].mean()
        torch.testing.assert_close(filled[b], mean.expand(6, 4))


def test_the_nearest_is_as_near_as_any_visible_one(rng):
    patches = torch.arange(24.0).view(1, 12, 2).expand(5, 12, 2)
    order = shuffle(torch.rand(5, 12, generator=rng(1)))
    at = places((3, 4), like=patches)
    filled = fill_nearest(patches, order, 3, at)
    for b in range(5):
        seen = order[b, :3]
        for i in range(12):
            taken = int(filled[b, i, 0]) // 2
            far = (at[seen] - at[i]).norm(dim=1)
            assert taken in seen
            assert (at[taken] - at[i]).norm() == far.min()
            assert i not in seen or taken == i
