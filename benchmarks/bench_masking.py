"""Times of masking beside those of transformers' collator, in tokens a second.

256 texts of 128 tokens, 15 % chosen, 80/10/10. The collator's own steps on tensors are
timed; a call of it would pad lists first.
"""

import pytest
import torch
from transformers import BertTokenizerFast, DataCollatorForLanguageModeling

from dlnotes.bert.masking import choose_bernoulli, choose_exact, corrupt, count_hidden
from dlnotes.bert.tokens import SPECIAL

ROWS, N, V = 256, 128, 30522
IDS = torch.randint(5, V, (ROWS, N), generator=torch.Generator().manual_seed(0))
SEEN = torch.ones(ROWS, N, dtype=torch.bool)
OPEN = SEEN.clone()
OPEN[:, 0] = OPEN[:, -1] = False


def bernoulli():
    chosen = choose_bernoulli(OPEN, 0.15)
    return corrupt(IDS, chosen, torch.randint(V, IDS.shape), mask=4), chosen


def exact():
    chosen = choose_exact(OPEN, count_hidden(SEEN, 0.15))
    return corrupt(IDS, chosen, torch.randint(V, IDS.shape), mask=4), chosen


@pytest.fixture(scope="module")
def collator(tmp_path_factory):
    file = tmp_path_factory.mktemp("words") / "vocab.txt"
    file.write_text("\n".join([*SPECIAL, *map(str, range(V - 5))]))
    peer = DataCollatorForLanguageModeling(BertTokenizerFast(str(file)))
    special = (~OPEN).long()
    return lambda: peer.torch_mask_tokens(IDS.clone(), special)


@pytest.mark.parametrize("peer", ["dlnotes", "dlnotes, exact", "transformers"])
@pytest.mark.benchmark(group="masking, 256 texts of 128 tokens")
def test_masking(benchmark, peer, collator):
    run = {"dlnotes": bernoulli, "dlnotes, exact": exact}.get(peer, collator)
    hidden, _ = benchmark(run)
    benchmark.extra_info["tokens a second"] = ROWS * N / benchmark.stats["mean"]
    assert hidden.shape == (ROWS, N)
