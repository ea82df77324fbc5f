"""Small artificial languages, drawn from a generator."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_count, check_positive

PADDING, START, END, HIDDEN = range(4)  # tokens that are no words
WORDS = 4  # number of the first word


@dataclass(frozen=True)
class Grammar:
    """Which words there are, and which kinds of words follow each other.

    Args:
        lexicon: Numbers of the words of each topic and kind, integers `(T, K, W)`.
            Words of kind 0 are the same in all topics.
        chains: For each topic the probabilities that one kind of word follows another,
            `(T, K, K)`; rows sum to 1.
    """

    lexicon: Tensor
    chains: Tensor

    @property
    def tokens(self) -> int:
        """Numbers of tokens in use: one above the largest."""
        return int(self.lexicon.max()) + 1


@dataclass(frozen=True)
class Sentences:
    """Sentences of one length, and what only their author knows.

    Args:
        words: Numbers of the words, integers `(B, N)`.
        kinds: Their kinds, integers `(B, N)`.
        topics: What each sentence is about, integers `(B,)`.
    """

    words: Tensor
    kinds: Tensor
    topics: Tensor


def draw_grammar(
    topics: int,
    kinds: int,
    words: int,
    *,
    spread: float = 1.5,
    generator: Generator | None = None,
) -> Grammar:
    """Draw which kind of word follows which, for each topic.

    Args:
        topics: How many topics, `T`.
        kinds: How many kinds of words, `K`.
        words: How many words of one topic and kind, `W`.
        spread: Standard deviation of the logarithms of probabilities, before they are
            made to sum to 1.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        A grammar with `W + T (K - 1) W` words.
    """
    check_count("topics", topics)
    check_count("kinds", kinds, least=2)
    check_count("words", words)
    check_positive("spread", spread)
    own = torch.arange(topics * (kinds - 1) * words).view(topics, kinds - 1, words)
    common = torch.arange(words).expand(topics, 1, words)
    lexicon = WORDS + torch.cat([common, words + own], dim=1)
    logits = torch.randn(topics, kinds, kinds, generator=generator)
    return Grammar(lexicon, (spread * logits).softmax(-1))


def draw_sentences(
    grammar: Grammar,
    count: int,
    length: int,
    *,
    topics: Tensor | None = None,
    generator: Generator | None = None,
) -> Sentences:
    check_count("count", count)
    check_count("length", length)
    shape, (many, kinds, words) = (count,), grammar.lexicon.shape
    if topics is None:
        topics = torch.randint(many, shape, generator=generator)
    chosen = [torch.zeros(shape, dtype=torch.int64)]
    for _ in range(length - 1):
        rows = grammar.chains[topics, chosen[-1]]
        chosen.append(torch.multinomial(rows, 1, generator=generator)[:, 0])
    found = torch.stack(chosen, dim=1)
    ranks = torch.randint(words, found.shape, generator=generator)
    return Sentences(grammar.lexicon[topics[:, None], found, ranks], found, topics)
