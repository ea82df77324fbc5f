r"""
# Symbols of another world, read by an encoder that was trained on words

Which of four laws drew a string? Its symbols are put in the place of random words.

The head is that of [Eq. (text-class)](../../notes/bert.md).
"""

import matplotlib.pyplot as plt
import torch

from dlnotes.bert.heads import TextClassifier
from dlnotes.bert.learning import learn_answers, learn_language, share_right
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import MaskedLanguageModel
from dlnotes.ledger import record
from dlnotes.toy.languages import draw_grammar, draw_sentences, frame
from dlnotes.toy.tasks import draw_foreign

laws, symbols, few, seeds, marks = 4, 8, 400, 8, (0, 30, 60, 90)
accuracy = torch.zeros(2, seeds, len(marks))

# %%
# The strings have nothing to do with the language, and their labels with its topics.

for seed in range(seeds):
    rng = torch.Generator().manual_seed(seed)
    grammar = draw_grammar(4, 4, 6, generator=rng)
    text, _ = frame(draw_sentences(grammar, 8000, 12, generator=rng).words)
    sizes = {"dim": 32, "depth": 1, "heads": 4, "positions": 14}
    model = MaskedLanguageModel(Bert(grammar.tokens, **sizes))
    draw_weights(model, std=0.1, generator=rng)
    start = {name: x.clone() for name, x in model.body.state_dict().items()}
    told = {"special": 4, "mask": 3, "steps": 400, "batch": 32}
    learn_language(model, text, **told, generator=rng)
    chains = (1.5 * torch.randn(laws, symbols, symbols, generator=rng)).softmax(-1)
    x, y = draw_foreign(symbols, few + 600, 12, chains=chains, generator=rng)
    words = 4 + torch.randperm(grammar.tokens - 4, generator=rng)[:symbols]
    x, s = frame(words[x])
    for way, state in enumerate((model.body.state_dict(), start)):
        net = TextClassifier(Bert(grammar.tokens, **sizes), laws)
        draw_weights(net, std=0.1, generator=rng)
        net.body.load_state_dict(state)
        for k, mark in enumerate(marks):
            steps, data = mark - marks[max(k - 1, 0)], (x[:few], s[:few], y[:few])
            learn_answers(net, *data, steps=steps, batch=32, generator=rng)
            with torch.no_grad():
                scores = net(x[few:], s[few:])
            accuracy[way, seed, k] = share_right(scores, y[few:])

# %%
# Leads are seed by seed.

for k, mark in enumerate(marks):
    tuned, scratch = accuracy[..., k]
    for name, x in (("", tuned), ("lead-", tuned - scratch)):
        error = x.std() / seeds**0.5
        record(f"bert/foreign-{name}{mark}-steps", x.mean(), error=error)

# %%
# Bars are standard errors over seeds; a quarter is chance.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for values, name in zip(accuracy, ("pre-trained", "from scratch"), strict=True):
    error = values.std(0) / seeds**0.5
    ax.errorbar(marks, values.mean(0), error, label=name, capsize=3)
ax.set(xlabel="steps of fine-tuning", ylabel="accuracy", xticks=marks)
ax.legend()
fig.set_label("Accuracy over steps of fine-tuning, pre-trained and from scratch.")
plt.show()
