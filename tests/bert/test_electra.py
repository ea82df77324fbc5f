"""Checks of dlnotes.bert.electra; parity of the discriminator is in test_loading.py."""

import pytest
import torch
from torch.nn import functional as F

from dlnotes.bert.electra import (
    Discriminator,
    Electra,
    replaced,
    replaced_loss,
    sample_words,
)
from dlnotes.bert.model import Bert
from dlnotes.bert.pretraining import MaskedLanguageModel
from tests.blocks.test_attention import fill

GENERATOR = {"dim": 6, "depth": 1, "heads": 2, "positions": 10, "width": 8}
SIZES = {"dim": 12, "depth": 1, "heads": 3, "positions": 10, "width": 8}


def pair(rng):
    model = Electra(
        MaskedLanguageModel(Bert(20, **GENERATOR)), Discriminator(Bert(20, **SIZES))
    ).double()
    fill(model, rng())
    return model


@pytest.fixture
def batch(rng):
    tokens = torch.randint(1, 20, (2, 6), generator=rng(1))
    chosen = torch.rand(2, 6, generator=rng(2)) < 0.5
    return tokens.where(~chosen, 0), tokens, chosen


def test_drawn_tokens_have_the_probabilities_of_the_generator(rng):
    """Eq. (sampled-words): chi-square of 20,000 draws, whose law has 4 degrees."""
    logits = torch.tensor([1.0, -1.0, 0.0, 2.0, -0.5])
    drawn = sample_words(logits.expand(20_000, 5), generator=rng())
    counts = torch.bincount(drawn, minlength=5).double()
    expected = 20_000 * logits.double().softmax(-1)
    # The 99.999 % point of chi-square with 4 degrees of freedom is 28.5.
    assert ((counts - expected).square() / expected).sum() < 28.5


def test_given_noise_decides_and_no_gradient_flows(rng):
    logits = torch.randn(4, 5, generator=rng()).requires_grad_()
    noise = torch.randn(4, 5, generator=rng(1))
    drawn = sample_words(logits, noise=noise)
    assert torch.equal(drawn, (logits + noise).argmax(-1))
    assert not drawn.requires_grad


def test_a_token_drawn_equal_to_the_original_is_real():
    """Eq. (replaced)."""
    tokens, corrupted = torch.tensor([3, 4, 5]), torch.tensor([3, 9, 5])
    assert replaced(corrupted, tokens).tolist() == [False, True, False]


def test_all_tokens_of_the_text_count(rng):
    """Eq. (replaced-loss): torch's cross-entropy over what is no padding."""
    logits = torch.randn(2, 6, dtype=torch.float64, generator=rng())
    marks = torch.rand(2, 6, generator=rng(1)) < 0.3
    mask = torch.arange(6) < torch.tensor([[6], [4]])
    total, count = replaced_loss(logits, marks & mask, mask=mask)
    expected = F.binary_cross_entropy_with_logits(logits[mask], marks[mask].double())
    torch.testing.assert_close(total / count, expected)
    assert count == 10
    assert replaced_loss(logits, marks)[1] == 12


def test_the_discriminator_reads_what_the_generator_drew(rng, batch):
    """Eq. (electra), step by step, with noise that is given."""
    model, (hidden, tokens, chosen) = pair(rng), batch
    noise = torch.randn(int(chosen.sum()), 20, generator=rng(3)).double()
    logits, found, marks = model(hidden, tokens, chosen, noise=noise)
    torch.testing.assert_close(logits, model.generator(hidden)[chosen])
    corrupted = tokens.clone()
    corrupted[chosen] = (logits + noise).argmax(-1)
    torch.testing.assert_close(found, model.discriminator(corrupted))
    assert torch.equal(marks, corrupted != tokens)
    assert not (marks & ~chosen).any()
    certain = torch.full_like(noise, -1e9).scatter(1, tokens[chosen][:, None], 0)
    assert not model(hidden, tokens, chosen, noise=certain)[2].any()


def test_the_discriminator_teaches_the_generator_only_the_tables(rng, batch):
    """The generator is no adversary: between them lies a draw."""
    model = pair(rng)
    _, found, marks = model(*batch, generator=rng(4))
    torch.autograd.backward(replaced_loss(found, marks)[0])
    reached = {n for n, p in model.generator.named_parameters() if p.grad is not None}
    assert reached == {"body.embedding.words", "body.embedding.positions"}


def test_words_and_places_are_shared_and_nothing_else(rng):
    model = pair(rng)
    ours, theirs = (
        {id(p): n for n, p in part.named_parameters()}
        for part in (model.generator, model.discriminator)
    )
    names = {ours[key] for key in ours.keys() & theirs.keys()}
    assert names == {"body.embedding.words", "body.embedding.positions"}


def test_texts_that_differ_are_refused(rng, batch):
    model, (hidden, tokens, chosen) = pair(rng), batch
    with pytest.raises(ValueError, match=r"hidden and tokens must be \(B, N\), got"):
        model(hidden, tokens[:1], chosen)
    with pytest.raises(ValueError, match=r"chosen must have shape \(2, 6\), got"):
        model(hidden, tokens, chosen[:1])
    with pytest.raises(ValueError, match="hidden must be from 0 to 19, got 20"):
        model(hidden.clamp(max=0) + 20, tokens, chosen)


def test_parts_that_do_not_fit_are_refused(batch):
    narrow = MaskedLanguageModel(Bert(20, **{**GENERATOR, "width": 4}))
    with pytest.raises(ValueError, match="generator must have the same words"):
        Electra(narrow, Discriminator(Bert(20, **SIZES)))
    with pytest.raises(ValueError, match="corrupted must have shape"):
        replaced(batch[0], batch[1][:, :3])
    with pytest.raises(ValueError, match="noise must have shape"):
        sample_words(torch.ones(2, 3), noise=torch.ones(3))
    with pytest.raises(TypeError, match="marks must hold truth values"):
        replaced_loss(torch.ones(2, 3), torch.ones(2, 3))
    with pytest.raises(ValueError, match="mask must have shape"):
        replaced_loss(torch.ones(3), torch.ones(3) > 0, mask=torch.ones(2) > 0)
