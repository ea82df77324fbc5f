"""Generalized Hough: a codebook of offsets, beside loops and scikit-learn."""

import pytest
import torch
from sklearn.cluster import KMeans

from dlnotes.votenet.circles import circle_cells, circle_votes
from dlnotes.votenet.generalized import (
    Codebook,
    generalized_votes,
    learn_codebook,
    nearest_words,
)

RNG = torch.Generator().manual_seed(0)
SHAPE = torch.randint(-8, 9, (30, 2), generator=RNG).double()
LOOKS = torch.randn(30, 5, generator=RNG, dtype=torch.float64)


def test_votes_equal_a_loop_over_parts_and_offsets():
    """Eq. (generalized-hough): a part shares one vote among the offsets of its word."""
    book = learn_codebook(LOOKS, -SHAPE, LOOKS[:6])
    points = (SHAPE + torch.tensor([12.0, 10.0]))[None]
    votes = generalized_votes(points, LOOKS[None], book, (20, 25))[0]
    wanted = torch.zeros(20, 25, dtype=torch.float64)
    for place, look in zip(points[0], LOOKS, strict=True):
        word = (book.words - look).square().sum(1).argmin()
        for offset in book.offsets[book.owners == word]:
            x, y = (place + offset).int().tolist()
            if 0 <= x < 25 and 0 <= y < 20:
                wanted[y, x] += 1 / (book.owners == word).sum()
    torch.testing.assert_close(votes, wanted)


@pytest.mark.parametrize("kept", [30, 15, 6])
def test_a_shape_is_found_where_it_stands_also_in_part(kept):
    """Eq. (generalized-hough): each part left gives its center at least its share."""
    book = learn_codebook(LOOKS, -SHAPE, LOOKS[:10])
    points = (SHAPE + torch.tensor([14.0, 11.0]))[None, :kept]
    votes = generalized_votes(points, LOOKS[None, :kept], book, (24, 28))
    assert divmod(votes.flatten().argmax().item(), 28) == (11, 14)


def test_one_word_that_owns_a_ring_votes_for_circles():
    """Eq. (generalized-hough) has Eq. (circle-votes) as a special case."""
    ring = circle_cells(4, like=SHAPE)
    book = Codebook(SHAPE[:1, :1], ring, torch.zeros(len(ring), dtype=torch.int64))
    points = (SHAPE + 9)[None]
    votes = generalized_votes(points, points[..., :1], book, (18, 18))
    torch.testing.assert_close(votes, circle_votes(points, [4], (18, 18))[:, 0])


def test_the_votes_of_a_moved_shape_are_the_moved_votes():
    """Eq. (generalized-hough) depends on places by differences."""
    book = learn_codebook(LOOKS, -SHAPE, LOOKS[:6])
    points = (SHAPE + 30)[None]
    votes = generalized_votes(points, LOOKS[None], book, (70, 70))
    moved = generalized_votes(
        points + torch.tensor([3.0, 5.0]), LOOKS[None], book, (70, 70)
    )
    torch.testing.assert_close(votes[:, :65, :67], moved[:, 5:, 3:])


def test_words_equal_those_of_k_means():
    """Eq. (generalized-hough) has its words from Lloyd's steps."""
    start = LOOKS[:4]
    book = learn_codebook(LOOKS, -SHAPE, start, steps=50)
    found = KMeans(4, init=start.numpy(), n_init=1, tol=0, max_iter=50).fit(
        LOOKS.numpy()
    )
    torch.testing.assert_close(book.words, torch.from_numpy(found.cluster_centers_))
    assert book.owners.tolist() == found.labels_.tolist()


def test_a_word_without_a_part_stays():
    start = torch.cat([LOOKS[:2], LOOKS[:1] + 1e3])
    book = learn_codebook(LOOKS, -SHAPE, start)
    assert torch.equal(book.words[2], start[2])
    assert not (book.owners == 2).any()


def test_a_part_whose_word_owns_nothing_does_not_vote():
    """Eq. (generalized-hough): the sum over no offset is 0."""
    owners = torch.zeros(30, dtype=torch.int64)
    book = Codebook(LOOKS[:2], -SHAPE, owners)
    votes = generalized_votes(
        (SHAPE + 9)[None, :3], LOOKS[None, [1, 1, 1]], book, (9, 9)
    )
    assert nearest_words(LOOKS[None, [1]], book.words).item() == 1
    assert (votes == 0).all()
