r"""
# One word has two vectors when it has two senses

A word of two topics in a small language, before and after filling in hidden words.

Cosines are those of [Eq. (centered-cosine)](../../notes/bert.md).
"""

from copy import deepcopy

import matplotlib.pyplot as plt
import torch

from dlnotes.bert.contextual import (
    centered_cosines,
    permutation_p_value,
    sense_gap,
)
from dlnotes.bert.learning import learn_language
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import MaskedLanguageModel
from dlnotes.ledger import record
from dlnotes.toy.languages import draw_grammar, draw_sentences, frame, with_homonym

seeds, each, draws = 3, 10, 9999
sense = torch.arange(2 * each) >= each
gaps, raw, p_values, maps = torch.zeros(4, seeds), [], [], {}

# %%
# Ten sentences of each topic have the word, at different places. The vectors are those
# behind each of two layers. The table of words, the same for every sentence, has no
# context; an encoder that was never trained is the control.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    grammar, word = with_homonym(draw_grammar(4, 3, 5, generator=rng))
    body = Bert(grammar.tokens, dim=32, depth=2, heads=4, positions=12)
    model = MaskedLanguageModel(body)
    draw_weights(model, generator=rng)
    fresh = deepcopy(body)
    texts, _ = frame(draw_sentences(grammar, 10_000, 10, generator=rng).words)
    learn_language(model, texts, special=4, mask=3, steps=300, generator=rng)
    drawn = draw_sentences(grammar, 2000, 10, generator=rng)
    has = (drawn.words == word).any(1)
    rows = [(has & (drawn.topics == t)).nonzero()[:each, 0] for t in (0, 1)]
    texts, _ = frame(drawn.words[torch.cat(rows)])
    at = range(2 * each), (texts == word).int().argmax(1)
    with torch.no_grad():
        states = [x[at] for x in body.hidden_states(texts)[1:]]
        vectors = [*states, fresh(texts)[at], body.embedding.words[texts[at]]]
    raw.append(torch.nn.functional.normalize(states[1], dim=-1))
    for row, x in enumerate(vectors):
        maps[row] = centered_cosines(x)
        gaps[row, seed] = sense_gap(maps[row], sense)
    p_values += [permutation_p_value(maps[1], sense, draws=draws, generator=rng)]

# %%
# Errors are over three languages. The static vector gives exactly 0.

names = "first-layer", "second-layer", "untrained"
for name, values in zip(names, gaps, strict=False):
    record(f"bert/senses-{name}", values.mean(), error=values.std() / seeds**0.5)
record("bert/senses-static", gaps[3].abs().max(), exact=True)
record("bert/senses-p-value", max(p_values), error=1 / (1 + draws))
pairs = torch.stack([(x @ x.T).tril(-1).sum() for x in raw]) / (each * (2 * each - 1))
record("bert/senses-raw-cosine", pairs.mean(), error=pairs.std() / seeds**0.5)

# %%
# First: two blocks of occurrences, one for each topic. Second: without training there
# are none.

fig, axes = plt.subplots(1, 2, figsize=(6.5, 3), layout="constrained")
for ax, row, title in zip(axes, (1, 2), ("trained", "untrained"), strict=True):
    image = ax.imshow(maps[row], vmin=-1, vmax=1, cmap="RdBu", interpolation="none")
    ax.set(title=title, xlabel="occurrence", xticks=[0, each], yticks=[0, each])
    ax.grid(visible=False)
axes[0].set(ylabel="occurrence")
fig.colorbar(image, ax=axes, label="cosine, mean taken out")
fig.set_label("Two maps of cosines: two blocks of senses, and after them no blocks.")
plt.show()
