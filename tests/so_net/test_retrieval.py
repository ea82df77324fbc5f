"""Checks of dlnotes.so_net.retrieval."""

import pytest
import torch
from sklearn.metrics import average_precision_score

from dlnotes.so_net import retrieval
from dlnotes.so_net.retrieval import nearest_hits, rank_precision


def scene(rng, grid=False):
    features = torch.randn(40, 4, dtype=torch.float64, generator=rng())
    features = features.round() if grid else features
    return features, torch.randint(0, 4, (40,), generator=rng(1))


def distances(features, cosine):
    if cosine:
        unit = features / features.norm(dim=1, keepdim=True).clamp_min(1e-12)
        return -unit @ unit.T
    return torch.cdist(features, features)


@pytest.mark.parametrize("cosine", [False, True])
def test_precision_is_that_of_sklearn_for_each_query(cosine, rng):
    """Eq. (precision)."""
    features, labels = scene(rng)
    found = rank_precision(features, labels, cosine=cosine)
    nearness = -distances(features, cosine)
    for i in range(40):
        others = torch.arange(40) != i
        alike = (labels[others] == labels[i]).numpy()
        wanted = average_precision_score(alike, nearness[i, others].numpy())
        assert float(found[i]) == pytest.approx(wanted, rel=1e-12)


def test_rows_at_one_distance_share_a_rank(rng):
    """Eq. (precision) with ties, which scikit-learn takes together, too."""
    features, labels = scene(rng, grid=True)
    found = rank_precision(features, labels)
    squares = torch.cdist(features, features).square().round()
    assert len(squares.unique()) < 80
    for i in range(40):
        others = torch.arange(40) != i
        alike = (labels[others] == labels[i]).numpy()
        wanted = average_precision_score(alike, -squares[i, others].numpy())
        assert float(found[i]) == pytest.approx(wanted, rel=1e-12)
    order = torch.randperm(40, generator=rng(2))
    mixed = rank_precision(features[order], labels[order])
    torch.testing.assert_close(mixed, found[order])


@pytest.mark.parametrize("grid", [False, True])
def test_the_nearest_row_has_the_class_or_has_it_not(grid, rng):
    features, labels = scene(rng, grid)
    squares = torch.cdist(features, features).square()
    squares = squares.round() if grid else squares
    for i, got in enumerate(nearest_hits(features, labels).tolist()):
        others = [j for j in range(40) if j != i]
        least = min(squares[i, j] for j in others)
        near = [int(labels[j] == labels[i]) for j in others if squares[i, j] == least]
        assert got == pytest.approx(sum(near) / len(near))


def test_few_rows_at_a_time_give_the_same(monkeypatch, rng):
    features, labels = scene(rng)
    precision, hits = rank_precision(features, labels), nearest_hits(features, labels)
    monkeypatch.setattr(retrieval, "ENTRIES", 120)
    assert torch.equal(rank_precision(features, labels), precision)
    assert torch.equal(nearest_hits(features, labels), hits)


def test_classes_that_lie_apart_are_found_without_an_error(rng):
    labels = torch.arange(12) % 3
    features = 10 * torch.eye(3).double()[labels]
    features = features + torch.randn(12, 3, dtype=torch.float64, generator=rng())
    assert (rank_precision(features, labels) == 1).all()
    assert (nearest_hits(features, labels, cosine=True) == 1).all()


def test_a_class_of_one_is_refused(rng):
    features, labels = scene(rng)
    labels[7] = 9
    with pytest.raises(ValueError, match="two members or more, 9 has one"):
        rank_precision(features, labels)
    with pytest.raises(TypeError, match=r"labels must be int64, got torch.float32"):
        nearest_hits(features, labels.float())


@pytest.mark.parametrize("score", [nearest_hits, rank_precision])
def test_of_no_rows_nothing_is_found(score):
    assert score(torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64)).shape == (0,)
