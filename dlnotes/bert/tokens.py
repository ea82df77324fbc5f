"""Text as pieces of words: a vocabulary, and batches of numbers from it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class Batch(NamedTuple):
    """Texts of a batch, padded to one length `N`.

    Attributes:
        ids: Numbers of the pieces, shape `(B, N)`.
        segments: 0 in the first text of a pair and 1 in the second, shape `(B, N)`.
        seen: True but for padding, shape `(B, N)`.
        words: The place where the word of each piece begins, -1 for special tokens,
            shape `(B, N)`.
    """

    ids: Tensor
    segments: Tensor
    seen: Tensor
    words: Tensor


def split_word(
    word: str, vocabulary: Collection[str], *, longest: int = 100
) -> list[str]:
    """Cut a word up, each time the longest known piece first, Eq. (longest-match).

    Args:
        word: Without spaces.
        vocabulary: The known pieces; a piece inside of a word begins with "##".
        longest: A word of more letters is unknown as a whole.

    Returns:
        The pieces, or `["[UNK]"]` where a letter is left that no piece begins with.

    Examples:
        >>> split_word("unmasked", {"un", "##mask", "##ma", "##ed"})
        ['un', '##mask', '##ed']
    """
    check_count("longest", longest)
    pieces: list[str] = []
    start = 0
    while start < len(word) <= longest:
        mark = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((e for e in ends if mark + word[start:e] in vocabulary), None)
        if end is None:
            return ["[UNK]"]
        pieces.append(mark + word[start:end])
        start = end
    return pieces if len(word) <= longest else ["[UNK]"]


def learn_vocabulary(texts: Iterable[str], size: int) -> dict[str, int]:
    """Learn pieces of words from texts, in lower case.

    The trainer of Hugging Face's `tokenizers` joins the most frequent pair of pieces
    again and again. Its results differ from run to run where pairs are equally
    frequent, since it numbers the letters inside of words at random; here they have
    numbers before it starts.

    Args:
        texts: To learn from.
        size: Number of pieces `V` at the end at most, special tokens among them. There
            are fewer where nothing is left to join.

    Returns:
        Each piece with its number; the first five are `SPECIAL`.

    Raises:
        ImportError: If `tokenizers` is not installed.
        TypeError: If `texts` is a single text.
        ValueError: If `size` is below the number of special tokens and letters.
    """
    from tokenizers.trainers import WordPieceTrainer

    if isinstance(texts, str):
        raise TypeError(f"texts must be a list of texts, got {texts!r}")
    texts = list(texts)
    check_count("size", size)
    tokenizer = _tokenizer({name: number for number, name in enumerate(SPECIAL)})
    cut, normal = tokenizer.pre_tokenizer, tokenizer.normalizer
    lines = (normal.normalize_str(text) for text in texts)
    words = {word for line in lines for word, _ in cut.pre_tokenize_str(line)}
    first = sorted({word[0] for word in words})
    inner = sorted({"##" + letter for word in words for letter in word[1:]})
    least = len(SPECIAL) + len(first) + len(inner)
    if size < least:
        raise ValueError(f"size must be at least {least}, got {size}")
    trainer = WordPieceTrainer(
        vocab_size=size, special_tokens=[*SPECIAL, *first, *inner], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return dict(sorted(tokenizer.get_vocab().items(), key=lambda pair: pair[1]))


class WordPieces:
    """Turns texts into numbers of pieces, and back.

    Args:
        vocabulary: Each piece with its number, from `learn_vocabulary` or from the file
            `vocab.txt` of published weights.

    Attributes:
        vocabulary: The same.
        pieces: The pieces in the order of their numbers.

    Raises:
        ImportError: If `tokenizers` is not installed.
        ValueError: If a special token is missing, or numbers are not 0, 1, 2, ...
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        missing = sorted(set(SPECIAL) - set(vocabulary))
        if missing:
            raise ValueError(f"vocabulary must have {list(SPECIAL)}, lacks {missing}")
        if sorted(vocabulary.values()) != list(range(len(vocabulary))):
            raise ValueError("vocabulary must have the numbers 0, 1, ..., got others")
        self.vocabulary = dict(vocabulary)
        self.pieces = sorted(vocabulary, key=self.vocabulary.__getitem__)
        self._tokenizer = _tokenizer(self.vocabulary)
        self._inner = torch.tensor([piece.startswith("##") for piece in self.pieces])
        self._special = torch.tensor([piece in SPECIAL for piece in self.pieces])

    def __len__(self) -> int:
        return len(self.pieces)

    def number(self, piece: str) -> int:
        """Number of a piece that is known.

        Raises:
            ValueError: If it is not in the vocabulary.
        """
        if piece not in self.vocabulary:
            raise ValueError(f"piece must be in the vocabulary, got {piece!r}")
        return self.vocabulary[piece]

    def encode(
        self,
        texts: Sequence[str],
        others: Sequence[str] | None = None,
        *,
        longest: int = 512,
    ) -> Batch:
        """Number the pieces of texts, or of pairs of texts, Eq. (pair).

        A special token that is written in a text, such as "[MASK]", counts as that
        token. An empty text is `[CLS] [SEP]`.

        Args:
            texts: `B` of them.
            others: The second texts of pairs.
            longest: The largest `N`. From a pair that is longer, pieces are taken off
                the end of the longer text, one at a time.

        Returns:
            The batch, padded to the longest text.
        """
        single = [text for text in (texts, others) if isinstance(text, str)]
        if single:
            raise TypeError(f"texts must be a list of texts, got {single[0]!r}")
        if others is not None and len(others) != len(texts):
            raise ValueError(f"others must be {len(texts)} texts, got {len(others)}")
        check_count("longest", longest, least=3 if others is None else 5)
        self._tokenizer.enable_truncation(longest)
        pairs = texts if others is None else list(zip(texts, others, strict=True))
        found = self._tokenizer.encode_batch(list(pairs))
        if not found:
            none = torch.zeros(0, 0, dtype=torch.int64)
            return Batch(none, none, none.bool(), none)
        ids, segments, seen = (
            torch.tensor([getattr(each, name) for each in found])
            for name in ("ids", "type_ids", "attention_mask")
        )
        return Batch(ids, segments, seen.bool(), self._begins(ids))

    def decode(self, ids: Tensor) -> list[str]:
        """Write texts `(B, N)` out again, in lower case and without special tokens."""
        return list(self._tokenizer.decode_batch(ids.tolist()))

    def _begins(self, ids: Tensor) -> Tensor:
        places = torch.arange(ids.shape[1]).expand_as(ids)
        begins = places.masked_fill(self._inner[ids], -1).cummax(1).values
        known = ~self._special[ids] | (ids == self.vocabulary["[UNK]"])
        return torch.where(known, begins, -1)


def pack_texts(batch: Batch, length: int) -> Tensor:
    """Lay texts one behind the other and cut them into rows without padding.

    Each text ends with "[SEP]". Unlike RoBERTa's full sentences, a row may cut a text.

    Args:
        batch: Of single texts.
        length: Tokens of a row, `N`, the first of which is "[CLS]".

    Returns:
        Shape `(R, N)`; the last tokens that fill no row are left out. Of no texts there
        are no rows.
    """
    check_count("length", length, least=2)
    if not len(batch.ids):
        return batch.ids.new_zeros(0, length)
    inner = batch.seen.clone()
    inner[:, :1] = False
    stream = batch.ids[inner]
    rows = len(stream) // (length - 1)
    cut = stream[: rows * (length - 1)].view(rows, length - 1)
    return torch.cat([batch.ids[:1, :1].expand(rows, 1), cut], dim=1)


def _tokenizer(vocabulary: Mapping[str, int]) -> "Tokenizer":
    """A tokenizer as BERT's: lower case, cut at spaces and punctuation, then pieces."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    model = models.WordPiece(vocab=dict(vocabulary), unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    tokenizer.enable_padding(pad_id=vocabulary["[PAD]"], pad_token="[PAD]")
    return tokenizer
