"""Checks of dlnotes.bert.tokens."""

import pytest
import torch

from dlnotes.bert.tokens import (
    SPECIAL,
    WordPieces,
    learn_vocabulary,
    pack_texts,
    split_word,
)

TEXTS = [
    "The encoder reads the whole text, in both directions.",
    "A decoder reads encoded text; readers encode what they read.",
    "Masked words are filled in. Unmasked words are read.",
]


@pytest.fixture(scope="module")
def pieces():
    return WordPieces(learn_vocabulary(TEXTS, 90))


def test_the_longest_known_piece_comes_first(pieces):
    """Eq. (longest-match) against Hugging Face's program, on words new and old."""
    words = ["the", "encoder", "unreads", "redecoded", "rewording", "x", "filled"]
    words += ["intext", "reader", "zzz"]
    words += ["read" * 25, "read" * 26]  # 100 letters, and more
    for word in words:
        batch = pieces.encode([word])
        ours = split_word(word, pieces.vocabulary)
        assert [pieces.pieces[i] for i in batch.ids[0, 1:-1]] == ours, word


def test_a_greedy_split_may_miss_one_that_exists():
    """Eq. (longest-match) does not look back."""
    assert split_word("abcd", {"ab", "abc", "##cd"}) == ["[UNK]"]
    assert split_word("", {"a"}) == []


def test_learning_gives_the_same_numbers_again(pieces):
    vocabulary = learn_vocabulary(TEXTS, 90)
    assert vocabulary == pieces.vocabulary
    assert list(vocabulary)[:5] == list(SPECIAL)
    assert sorted(vocabulary.values()) == list(range(90))
    assert "read" in vocabulary  # the most frequent word
    with pytest.raises(ValueError, match=r"size must be at least \d\d, got 20"):
        learn_vocabulary(TEXTS, 20)
    with pytest.raises(TypeError, match="texts must be a list of texts, got 'read'"):
        learn_vocabulary("read", 90)
    assert len(learn_vocabulary(["read"], 90)) < 90  # nothing is left to join


def test_a_pair_is_laid_out_with_segments_and_padding(pieces):
    """Eq. (pair), written out."""
    batch = pieces.encode(["The text", "read"], ["unmasked", "words are read"])
    row = [pieces.pieces[i] for i in batch.ids[0]]
    first = row.index("[SEP]")
    assert row[0] == "[CLS]"
    assert row[1:3] == ["the", "text"]
    assert "".join(row[first + 1 : row.index("[SEP]", first + 1)]) == "un##masked"
    ends = (batch.ids == pieces.number("[SEP]")).long().cumsum(1)
    length = batch.seen.sum(1)
    for b in range(2):
        assert ends[b, -1] == 2
        assert (batch.ids[b, length[b] :] == 0).all()
        assert batch.seen[b, : length[b]].all()
        later = torch.arange(len(row)) > batch.ids[b].tolist().index(3)
        assert torch.equal(batch.segments[b].bool(), later & batch.seen[b])


def test_pieces_know_where_their_word_begins(pieces):
    batch = pieces.encode(["unmasked words, words"], ["rewording"])
    texts = [pieces.pieces[i] for i in batch.ids[0]]
    for place, (piece, begin) in enumerate(zip(texts, batch.words[0], strict=True)):
        if piece in {*SPECIAL} - {"[UNK]"}:
            assert begin == -1
        elif piece.startswith("##"):
            assert begin == batch.words[0, place - 1]
        else:
            assert begin == place


def test_what_is_too_long_is_cut_at_the_longer_text(pieces):
    long, short = " ".join(["read"] * 20), " ".join(["text"] * 4)
    batch = pieces.encode([long], [short], longest=12)
    assert batch.ids.shape == (1, 12)
    counts = [(batch.ids == pieces.number(w)).sum().item() for w in ("read", "text")]
    assert counts == [5, 4]
    assert pieces.encode([long], longest=7).ids.shape == (1, 7)


def test_empty_texts_and_special_words_have_a_defined_result(pieces):
    cls, sep, mask = map(pieces.number, ("[CLS]", "[SEP]", "[MASK]"))
    assert pieces.encode([""]).ids.tolist() == [[cls, sep]]
    assert pieces.encode([""], [" "]).ids.tolist() == [[cls, sep, sep]]
    assert [tuple(part.shape) for part in pieces.encode([])] == [(0, 0)] * 4
    batch = pieces.encode(["read [MASK] text"])
    assert batch.ids[0, 2] == mask
    assert batch.words.tolist() == [[-1, 1, -1, 3, -1]]


def test_text_comes_back_in_lower_case(pieces):
    batch = pieces.encode(TEXTS[:2])
    wanted = ["the encoder reads the whole text, in both directions."]
    assert pieces.decode(batch.ids)[:1] == wanted


def test_unknown_special_tokens_and_odd_numbers_are_refused(pieces):
    with pytest.raises(ValueError, match=r"piece must be in .*'\[FOO\]'"):
        pieces.number("[FOO]")
    with pytest.raises(ValueError, match=r"lacks \['\[MASK\]'\]"):
        WordPieces({name: i for i, name in enumerate(SPECIAL[:4])})
    with pytest.raises(ValueError, match="numbers 0, 1"):
        WordPieces({name: i + 1 for i, name in enumerate(SPECIAL)})
    with pytest.raises(TypeError, match="texts must be a list of texts, got 'read'"):
        pieces.encode("read")
    with pytest.raises(ValueError, match="others must be 1 texts, got 2"):
        pieces.encode(["read"], ["read", "text"])


def test_packed_texts_are_one_stream_without_padding(pieces):
    """Rows begin with [CLS]; what follows are the texts, each with its [SEP]."""
    batch = pieces.encode(TEXTS)
    rows = pack_texts(batch, 6)
    assert (rows[:, 0] == pieces.number("[CLS]")).all()
    stream = [
        i for row, n in zip(batch.ids, batch.seen.sum(1), strict=True) for i in row[1:n]
    ]
    assert rows[:, 1:].flatten().tolist() == stream[: rows.shape[0] * 5]
    assert len(stream) - rows.shape[0] * 5 < 5
    assert pack_texts(pieces.encode([]), 6).shape == (0, 6)
