# %% [markdown]
# # BERT fills in blanks
#
# A small [BERT](../../notes/bert/) is trained here, on English that Python, numpy and
# torch carry in their docstrings. Then it fills in blanks, its heads of attention are
# drawn, and what it gets wrong is counted. Three exercises follow, with folded
# solutions.

# %%
import matplotlib.pyplot as plt
import torch

from dlnotes.bert.learning import learn_language
from dlnotes.bert.masking import choose_bernoulli, corrupt
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import MaskedLanguageModel, label_loss
from dlnotes.bert.tokens import WordPieces, learn_vocabulary
from dlnotes.blocks.training import rise_and_fall
from dlnotes.ledger import record
from dlnotes.toy.text import label_sentences

rng = torch.Generator().manual_seed(0)
texts, _, held = label_sentences()
learn = [text for text, out in zip(texts, held.tolist(), strict=True) if not out]
unseen = [text for text, out in zip(texts, held.tolist(), strict=True) if out]
print(len(learn), "sentences to learn from,", len(unseen), "others")
learn[:3]

# %% [markdown]
# ## Pieces of words
#
# Two thousand pieces are learned. Frequent words are one piece, others are cut up.

# %%
pieces = WordPieces(learn_vocabulary(learn, 2000))
batch = pieces.encode(["The encoder returns a tensor.", "It is reparameterized."])
for row, seen in zip(batch.ids, batch.seen, strict=True):
    print([pieces.pieces[i] for i in row[seen]])
batch.ids.shape

# %% [markdown]
# ## Training
#
# Each sentence is a row of up to 24 tokens, with padding at its end. The network
# has two layers of width 64, and sees 900 batches of 32 rows, with new masks each
# time. Three of ten tokens are hidden: with 15 percent so small a network learns hardly
# more than how frequent each piece is, in that time. The first losses are near the
# logarithm of 2000: nothing is known yet.

# %%
rows = pieces.encode(learn, longest=24).ids
model = MaskedLanguageModel(Bert(2000, dim=64, depth=2, heads=4, positions=24))
draw_weights(model, std=0.1, generator=rng)
settings = {"special": 5, "mask": 4, "ratio": 0.3, "batch": 32, "generator": rng}
settings |= {"learning_rate": 5e-3, "schedule": rise_and_fall}
losses = torch.tensor(learn_language(model, rows, steps=900, **settings))
fig, ax = plt.subplots(figsize=(6, 2.5), layout="constrained")
ax.plot(losses.view(-1, 10).mean(1))
ax.set(xlabel="tens of steps", ylabel="loss")
fig.set_label("A curve that falls fast at first, then slowly.")
plt.show()
assert losses[-50:].mean() < losses[:10].mean() - 1
print(f"first {losses[:10].mean():.2f}, last {losses[-50:].mean():.2f}")

# %% [markdown]
# ## Fill in the blank
#
# The five likeliest pieces, each with its probability. After so little training a small
# network knows which pieces are frequent, a little of where they stand, and hardly
# anything of what a sentence means.

# %%
blanks = [
    "Return the number of [MASK] in the list.",
    "This function [MASK] a new array.",
    "If the file does [MASK] exist, an error is raised.",
    "The input must be a [MASK].",
    "Returns True if the object [MASK] an instance of the class.",
]
given = pieces.encode(blanks)
with torch.no_grad():
    logits = model(given.ids, None, given.seen)[given.ids == pieces.number("[MASK]")]
best = logits.softmax(-1).topk(5)
for text, shares, found in zip(blanks, *best, strict=True):
    words = [f"{pieces.pieces[i]} {p:.2f}" for p, i in zip(shares, found, strict=True)]
    print(text, "->", ", ".join(words))

# %% [markdown]
# ## What it gets wrong
#
# Sentences of documents that were held out, each token hidden with probability 0.15.
# Pieces are sorted by how often they occur: the hundred most frequent, and the others.

# %%
test = pieces.encode(unseen, longest=24).ids
chosen = choose_bernoulli(test >= 5, 0.15, generator=rng)
others = torch.randint(5, 2000, test.shape, generator=rng)
hidden = corrupt(test, chosen, others, mask=4, generator=rng)
with torch.no_grad():
    logits = model(hidden, None, test > 0, chosen=chosen)
wanted, given = test[chosen], hidden[chosen]
guess, blank = logits.argmax(-1), given == 4
often = rows[rows >= 5].bincount(minlength=2000).topk(100).indices
frequent = (wanted[:, None] == often).any(1)
for name, group in {"all": blank, "frequent": frequent & blank}.items():
    share, many = (guess == wanted)[group].float().mean(), int(group.sum())
    error = (share * (1 - share) / many) ** 0.5
    record(f"bert/lab-accuracy-{name}", share, error=error)
rare = (guess == wanted)[~frequent & blank]
print(f"{int(rare.sum())} of {len(rare)} rare pieces are found")
pairs = torch.stack([wanted, guess])[:, blank & (guess != wanted)]
mistakes, times = pairs.unique(dim=1, return_counts=True)
for k in times.topk(8).indices:
    right, wrong = (pieces.pieces[i] for i in mistakes[:, k])
    print(f"{times[k]:3d} times {wrong!r} in the place of {right!r}")

# %% [markdown]
# ## Where heads look
#
# One map for each of the four heads of the last layer. A row is a token that looks, a
# column one that is looked at; dark counts more.

# %%
line = pieces.encode([blanks[2]])
maps = model.body.attention_maps(line.ids, None, line.seen).detach()
names = [pieces.pieces[i] for i in line.ids[0]]
fig, axes = plt.subplots(2, 2, figsize=(7, 7), layout="constrained")
for head, ax in enumerate(axes.flat):
    ax.imshow(maps[-1, 0, head], cmap="Blues", vmin=0)
    ax.set(title=f"head {head}", xticks=range(len(names)), yticks=range(len(names)))
    ax.set_xticklabels(names, rotation=90)
    ax.set_yticklabels(names)
    ax.grid(visible=False)
fig.set_label("Four square maps of attention with words at both sides.")
plt.show()
assert torch.allclose(maps.sum(-1), torch.ones(()), atol=1e-5)

# %% [markdown]
# ## Exercise 1
#
# What loss does a model have that knows how frequent each piece is, and nothing of the
# sentence? Has ours learned more?
#
# <details><summary>Solution</summary>
#
# It says the frequencies $p$ everywhere, and its loss on the blanks is the mean of
# $-\log p$ of what was there. The model is below it, by what the sentence tells.
#
# </details>

# %%
counts = rows[rows >= 5].bincount(minlength=2000) + 1.0  # none is impossible
plain = -(counts / counts.sum()).log()[wanted[blank]].mean()
total, count = label_loss(logits[blank], wanted[blank])
print(f"frequencies alone {plain:.2f}, the model {total / count:.2f}")
assert total / count < plain

# %% [markdown]
# ## Exercise 2
#
# One chosen token of ten stays as it is. Does the model simply copy it?
#
# <details><summary>Solution</summary>
#
# It is not told which tokens are asked for and untouched, and which were replaced: of
# those that do not show a mask, half are wrong. So the word that stands there is a
# hint, and no more. The model is right far more often than on blanks.
#
# </details>

# %%
stays = given == wanted
rates = [(guess == wanted)[group].float().mean().item() for group in (stays, blank)]
print(f"right where the token stayed {rates[0]:.2f}, on blanks {rates[1]:.2f}")
assert rates[0] > rates[1]

# %% [markdown]
# ## Exercise 3
#
# Hide all words of a sentence but one. What does the model fill in?
#
# <details><summary>Solution</summary>
#
# What is frequent at each place of a sentence: without context only the place and the
# neighbors of the one word are left.
#
# </details>

# %%
masks = " ".join(["[MASK]"] * 4)
line = pieces.encode([f"{masks} tensor {masks}"])
with torch.no_grad():
    guess = model(line.ids).argmax(-1)[0, 1:-1]
" ".join(pieces.pieces[i] for i in guess)
