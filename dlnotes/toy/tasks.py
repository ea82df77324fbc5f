"""Tasks about the sentences of a small language, and one about no language at all."""

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_count
from dlnotes.toy.languages import Grammar, draw_sentences, draw_words, frame


def draw_topic_task(
    grammar: Grammar, count: int, length: int, *, generator: Generator | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Ask what a sentence is about.

    Args:
        grammar: Of the language.
        count: How many examples, `B`.
        length: Words of a sentence.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Tokens and segments of the input, `(B, N)`, and labels `(B,)`.
    """
    drawn = draw_sentences(grammar, count, length, generator=generator)
    return *frame(drawn.words), drawn.topics


def draw_kind_task(
    grammar: Grammar, count: int, length: int, *, generator: Generator | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Ask of which kind each word is.

    Args:
        grammar: Of the language.
        count: How many examples, `B`.
        length: Words of a sentence.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Tokens and segments of the input, `(B, N)`, and labels `(B, N)`, -100 at the
        tokens that are no words.
    """
    drawn = draw_sentences(grammar, count, length, generator=generator)
    labels = torch.nn.functional.pad(drawn.kinds, (1, 1), value=-100)
    return *frame(drawn.words), labels


def draw_pair_task(
    grammar: Grammar, count: int, length: int, *, generator: Generator | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Ask whether two sentences are about the same topic.

    Args:
        grammar: Of the language, with two topics or more.
        count: How many examples, `B`.
        length: Words of each of the two sentences.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Tokens and segments of the input, `(B, N)`, and labels `(B,)`: 1 for every
        second pair, which is about one topic.
    """
    many = len(grammar.lexicon)
    check_count("topics of the grammar", many, least=2)
    labels = torch.arange(count) % 2
    first = draw_sentences(grammar, count, length, generator=generator)
    away = torch.randint(1, many, (count,), generator=generator)
    topics = torch.where(labels == 1, first.topics, (first.topics + away) % many)
    second = draw_sentences(grammar, count, length, topics=topics, generator=generator)
    return *frame(first.words, second.words), labels


def draw_span_task(
    grammar: Grammar, count: int, length: int, *, generator: Generator | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Ask for the words of a text that are about the topic of a question.

    The text is about one topic, with two passages of one to three words about two
    others. The question is a word of one of these two topics.

    Args:
        grammar: Of the language, with three topics or more.
        count: How many examples, `B`.
        length: Words of the text, 8 or more.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Tokens and segments of the input, `(B, N)`: the question, then the text; and
        the first and the last place of the answer in it, `(B, 2)`.
    """
    check_count("length", length, least=8)
    many = len(grammar.lexicon)
    check_count("topics of the grammar", many, least=3)
    order = torch.rand(count, many, generator=generator).argsort(1)[:, :3]
    text = draw_sentences(
        *(grammar, count, length), topics=order[:, 0], generator=generator
    )
    half, places = length // 2, torch.arange(length)
    sizes = torch.randint(1, 4, (count, 2), generator=generator)
    room = torch.rand(count, 2, generator=generator) * (half - sizes)
    starts = room.long() + torch.tensor([0, half])
    ends = starts + sizes - 1
    inside = (places >= starts[..., None]) & (places <= ends[..., None])
    other = (inside * order[:, 1:, None]).sum(1)
    topics = torch.where(inside.any(1), other, order[:, :1])
    kinds = torch.where(inside.any(1), text.kinds.clamp(min=1), text.kinds)
    words = draw_words(grammar, topics, kinds, generator=generator)
    asked = torch.randint(2, (count, 1), generator=generator)
    kind = torch.randint(1, grammar.lexicon.shape[1], (count, 1), generator=generator)
    question = draw_words(
        grammar, order[:, 1:].gather(1, asked), kind, generator=generator
    )
    answer = torch.cat([starts.gather(1, asked), ends.gather(1, asked)], dim=1)
    return *frame(question, words), 3 + answer


def draw_foreign(
    symbols: int,
    count: int,
    length: int,
    *,
    chains: Tensor,
    generator: Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Draw strings of symbols that mean nothing, each by one of some laws.

    Args:
        symbols: How many there are.
        count: How many strings, `B`.
        length: Symbols of each, `N`.
        chains: For each law the probabilities that one symbol follows another,
            `(K, symbols, symbols)`.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Symbols from 0 on, `(B, N)`, and the law of each string, `(B,)`.
    """
    check_count("symbols", symbols)
    if chains.shape[1:] != (symbols, symbols):
        shape = tuple(chains.shape)
        raise ValueError(f"chains must be (K, {symbols}, {symbols}), got {shape}")
    labels = torch.randint(len(chains), (count,), generator=generator)
    found = [torch.randint(symbols, (count,), generator=generator)]
    for _ in range(length - 1):
        rows = chains[labels, found[-1]]
        found.append(torch.multinomial(rows, 1, generator=generator)[:, 0])
    return torch.stack(found, dim=1), labels


def draw_recall(
    count: int,
    pairs: int,
    *,
    keys: int = 8,
    used: int = 4,
    values: int = 8,
    generator: Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Draw texts of keys and their values, which are others in every text.

    Args:
        count: How many texts, `B`.
        pairs: Keys in a text, each with its value behind it, `P`.
        keys: How many keys there are: tokens 0 to `keys - 1`.
        used: How many of them a text has; their values stay the same in the text.
        values: How many values there are: the tokens behind the keys.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Tokens, `(B, 2 P)`, and how often the key came before, `(B, P)`.
    """
    check_count("pairs", pairs)
    check_count("used", used, most=keys)
    known = torch.rand(count, keys, generator=generator).argsort(1)[:, :used]
    meant = torch.randint(keys, keys + values, (count, used), generator=generator)
    chosen = torch.randint(used, (count, pairs), generator=generator)
    both = torch.stack([known.gather(1, chosen), meant.gather(1, chosen)], dim=-1)
    before = (chosen[:, :, None] == chosen[:, None, :]).tril(-1).sum(-1)
    return both.flatten(1), before
