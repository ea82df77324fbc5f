"""Checks of dlnotes.blocks.grouping."""

import pytest
import torch

from dlnotes.blocks.grouping import gather_points, offsets


@pytest.mark.parametrize("shape", [(2,), (2, 4), (2, 4, 3), (2, 0), (2, 4, 3, 5)])
def test_rows_are_taken_from_their_own_cloud(shape, rng):
    values = torch.randn(2, 6, 3, generator=rng())
    index = torch.randint(6, shape, generator=rng(1))
    expected = [[cloud[i].tolist() for i in rows.flatten().tolist()]
                for cloud, rows in zip(values, index, strict=True)]  # fmt: skip
    expected = torch.tensor(expected).reshape(*shape, 3)
    assert torch.equal(gather_points(values, index), expected)


def test_a_row_taken_twice_gets_both_gradients():
    values = torch.zeros(1, 3, 2, dtype=torch.float64, requires_grad=True)
    index = torch.tensor([[2, 0, 2]])
    gather_points(values, index).sum().backward()
    assert values.grad[0, :, 0].tolist() == [1, 0, 2]


def test_offsets_point_from_queries_to_points(rng):
    points = torch.randn(2, 5, 3, dtype=torch.float64, generator=rng())
    queries = torch.randn(2, 4, 3, dtype=torch.float64, generator=rng(1))
    index = torch.randint(5, (2, 4, 2), generator=rng(2))
    found = offsets(points, queries, index)
    for b in range(2):
        for m in range(4):
            for k in range(2):
                there = points[b, index[b, m, k]]
                assert torch.equal(found[b, m, k], there - queries[b, m])
    inputs = (points.requires_grad_(), queries.requires_grad_(), index)
    assert torch.autograd.gradcheck(offsets, inputs)


@pytest.mark.parametrize(
    ("index", "match"),
    [
        (torch.tensor([[0, 3]]), "from 0 to 2, got 3"),
        (torch.tensor([[-1, 0]]), "got -1"),
        (torch.zeros(2, 1, dtype=torch.int64), r"must be \(B, ...\)"),
    ],
)
def test_numbers_of_no_point_are_refused(index, match):
    with pytest.raises(ValueError, match=match):
        gather_points(torch.zeros(1, 3, 2), index)


@pytest.mark.parametrize("index", [torch.zeros(1, 2), [0, 1], torch.zeros(1, 2) > 0])
def test_only_integers_are_numbers_of_points(index):
    with pytest.raises(TypeError, match="index must"):
        gather_points(torch.zeros(1, 3, 2), index)
