"""Checks of dlnotes.blocks.training."""

import pytest
import torch

from dlnotes.blocks.training import minibatches, rise_and_fall, train


class Point(torch.nn.Module):
    """A model that is one point."""

    def __init__(self):
        super().__init__()
        self.place = torch.nn.Parameter(torch.zeros(2))


def test_minibatches_deal_every_row_once_in_another_order(rng):
    data = torch.arange(10 * 2).reshape(10, 2)
    batches = minibatches(data, 4, generator=rng())
    dealt = torch.cat(batches)

    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert not torch.equal(dealt, data)
    assert torch.equal(dealt[dealt[:, 0].argsort()], data)


def test_minibatches_repeat_with_an_equal_generator(rng):
    data = torch.arange(100)
    first, second = (torch.cat(minibatches(data, 7, generator=rng())) for _ in "ab")
    assert torch.equal(first, second)


def test_minibatches_refuse_an_empty_deal():
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        minibatches(torch.zeros(3), 0)
    with pytest.raises(ValueError, match="data must have rows"):
        minibatches(torch.zeros(0, 3), 2)
    with pytest.raises(TypeError, match="data must be a tensor, got list"):
        minibatches([0.0, 1.0], 2)


def test_training_finds_the_mean(rng):
    """The point with the smallest mean squared distance to the data is their mean."""
    point = Point()
    data = torch.tensor([[1.0, -2.0], [3.0, 0.0], [2.0, -1.0]])

    def loss(model, rows, step):
        return (model.place - rows).square().mean()

    train(point, data, loss, steps=400, batch=3, learning_rate=0.1, generator=rng())
    torch.testing.assert_close(point.place.detach(), data.mean(0), atol=1e-3, rtol=0)


def test_the_first_step_of_adam_is_as_long_as_the_learning_rate(rng):
    point = Point()

    def loss(model, rows, step):
        return (model.place * torch.tensor([3.0, -0.2])).sum()

    train(point, torch.zeros(5), loss, steps=1, learning_rate=0.25, generator=rng())
    # Adam divides by the root of the mean square plus 1e-8.
    expected = torch.tensor([-0.25, 0.25])
    torch.testing.assert_close(point.place.detach(), expected, rtol=1e-6, atol=0)


def test_a_schedule_scales_each_step(rng):
    """Under a slope that stays, Adam's steps are as long as their learning rates."""
    point, places, asked = Point(), [], []

    def loss(model, rows, step):
        places.append(model.place[0].item())
        return model.place.sum()

    def schedule(step, steps):
        asked.append((step, steps))
        return (4, 2, 1)[step] if step < steps else 0

    how = {"steps": 3, "learning_rate": 0.1, "generator": rng()}
    train(point, torch.zeros(5), loss, schedule=schedule, **how)
    places.append(point.place[0].item())
    lengths = -torch.tensor(places).diff()
    torch.testing.assert_close(lengths, torch.tensor([0.4, 0.2, 0.1]))
    assert asked == [(step, 3) for step in range(4)]


def test_training_deals_the_data_out_anew_as_often_as_it_takes(rng):
    """Seven steps of two rows out of five: two passes of three steps, and one step."""
    seen, taken = [], []

    def loss(model, rows, step):
        seen.append(rows.tolist())
        taken.append(step)
        return model.place.sum()

    rows = torch.arange(5)
    train(Point(), rows, loss, steps=7, batch=2, generator=rng())
    generator = rng()
    passes = [minibatches(rows, 2, generator=generator) for _ in range(3)]
    assert taken == list(range(7))
    assert seen == [batch.tolist() for one in passes for batch in one][:7]


def test_training_steps_down_a_fresh_gradient_each_time(rng):
    """Without clearing, the gradient would pile up from step to step."""
    point, gradients = Point(), []

    def loss(model, rows, step):
        if model.place.grad is not None:
            gradients.append(model.place.grad.tolist())
        return model.place.sum()

    train(point, torch.zeros(5), loss, steps=4, generator=rng())
    assert all(gradient == [1.0, 1.0] for gradient in gradients)
    assert point.place.grad.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("steps", [0, 1])
def test_training_takes_no_more_steps_than_asked(rng, steps):
    point = Point()
    train(point, torch.zeros(3), lambda m, r, s: m.place.sum(), steps=steps)
    assert bool((point.place == 0).all()) is (steps == 0)


def test_training_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match="steps must be at least 0, got -1"):
        train(Point(), torch.zeros(3), lambda *_: None, steps=-1)
    with pytest.raises(ValueError, match="learning_rate must be positive"):
        train(Point(), torch.zeros(3), lambda *_: None, steps=1, learning_rate=0.0)
    with pytest.raises(TypeError, match="model must be a module"):
        train(torch.zeros(2), torch.zeros(3), lambda *_: None, steps=1)
    with pytest.raises(TypeError, match="data must be a tensor, got list"):
        train(Point(), [0.0, 1.0], lambda *_: None, steps=0)


@pytest.mark.parametrize("steps", [*range(1, 60), 1000])
def test_the_rate_rises_for_a_tenth_of_the_steps_and_then_falls(steps):
    rates = [rise_and_fall(step, steps) for step in range(steps)]
    top = rates.index(max(rates))
    assert all(0 < rate <= 1 for rate in rates)
    assert top in (max(steps // 10 - 1, 0), steps // 10)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rise_and_fall(steps, steps) < 1e-15  # one step further, and all is over
    if steps == 1000:
        line, cosine = torch.tensor(rates).split([100, 900])
        assert line.diff().sub(1 / 100).abs().max() < 1e-6
        turned = torch.acos(2 * cosine.double() - 1)[:-1]
        assert turned.diff().sub(torch.pi / 901).abs().max() < 1e-4


def test_no_steps_change_nothing_with_a_schedule_either():
    model = torch.nn.Linear(1, 1)
    before = model.weight.detach().clone()
    rows = torch.ones(2, 1)

    def loss(model, rows, _):
        return model(rows).sum()

    train(model, rows, loss, steps=0, batch=1, schedule=rise_and_fall)
    assert torch.equal(model.weight, before)
