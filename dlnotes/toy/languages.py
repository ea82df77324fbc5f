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
    """Draw sentences; each begins with a word of kind 0.

    Args:
        grammar: Of `draw_grammar`.
        count: How many sentences, `B`.
        length: Words of each, `N`.
        topics: What each is about, integers `(B,)`; drawn uniformly by default.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        The sentences. All words of a topic and kind are equally likely.
    """
    check_count("count", count)
    check_count("length", length)
    if topics is None:
        topics = torch.randint(len(grammar.chains), (count,), generator=generator)
    if topics.shape != (count,):
        raise ValueError(f"topics must have shape ({count},), got {topics.shape}")
    chosen = [torch.zeros_like(topics)]
    for _ in range(length - 1):
        rows = grammar.chains[topics, chosen[-1]]
        chosen.append(torch.multinomial(rows, 1, generator=generator)[:, 0])
    kinds = torch.stack(chosen, dim=1)
    words = draw_words(grammar, topics[:, None], kinds, generator=generator)
    return Sentences(words, kinds, topics)


def draw_words(
    grammar: Grammar,
    topics: Tensor,
    kinds: Tensor,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Draw a word of a topic and a kind for each place.

    Args:
        grammar: Of `draw_grammar`.
        topics: Integers that broadcast to `(B, N)`.
        kinds: Integers `(B, N)`.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Numbers of words, `(B, N)`.
    """
    ranks = torch.randint(grammar.lexicon.shape[-1], kinds.shape, generator=generator)
    return grammar.lexicon[topics, kinds, ranks]


def with_homonym(grammar: Grammar) -> tuple[Grammar, int]:
    """Let one word have two senses: of kind 1, in the first topic and the second.

    Args:
        grammar: Of two topics or more.

    Returns:
        A grammar with one word less, and the number of the word with two senses.
    """
    check_count("topics of the grammar", len(grammar.lexicon), least=2)
    lexicon = grammar.lexicon.clone()
    word = int(lexicon[0, 1, 0])
    lexicon[1, 1, 0] = word
    return Grammar(lexicon, grammar.chains), word


def draw_documents(
    grammar: Grammar,
    count: int,
    sentences: int,
    length: int,
    *,
    stay: float = 0.4,
    generator: Generator | None = None,
) -> tuple[Sentences, Tensor]:
    """Draw documents that go from topic to topic in one order.

    Args:
        grammar: Of `draw_grammar`.
        count: How many documents.
        sentences: Of each.
        length: Words of a sentence.
        stay: Probability that a sentence has the topic of the one before; else it has
            the topic with the next number, the first after the last.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        All sentences, and the number of the document of each, ascending.
    """
    check_count("count", count)
    check_count("sentences", sentences, least=2)
    many = len(grammar.lexicon)
    moves = torch.rand(count, sentences, generator=generator) >= stay
    first = torch.randint(many, (count, 1), generator=generator)
    topics = (first + moves.cumsum(1)).flatten() % many
    drawn = draw_sentences(
        *(grammar, len(topics), length), topics=topics, generator=generator
    )
    return drawn, torch.arange(count).repeat_interleave(sentences)


def frame(first: Tensor, second: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Put a text, or a pair, between the tokens that mark its beginning and end.

    Args:
        first: Words, integers `(B, N)`.
        second: Words of the second part, `(B, M)`.

    Returns:
        Tokens and segments, integers `(B, N + 2)` or `(B, N + M + 3)`; segment 1 is the
        second part with the token that ends it.
    """
    begin = first.new_full((len(first), 1), START)
    end = first.new_full((len(first), 1), END)
    one = torch.cat([begin, first, end], dim=1)
    if second is None:
        return one, torch.zeros_like(one)
    other = torch.cat([second, end], dim=1)
    segments = torch.cat([torch.zeros_like(one), torch.ones_like(other)], dim=1)
    return torch.cat([one, other], dim=1), segments
