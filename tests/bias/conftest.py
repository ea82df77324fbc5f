"""Fixtures of the tests of folding."""

import pytest
import torch
from torch import fx, nn

from dlnotes.bias.folding import fold_batch_norm


def _settle(model):
    """Draw parameters and running statistics that are nowhere trivial; eval mode."""
    generator = torch.Generator().manual_seed(0)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            for vector in (module.weight, module.bias, module.running_mean):
                if vector is not None:
                    nn.init.normal_(vector, generator=generator)
            if module.running_var is not None:
                nn.init.uniform_(module.running_var, 0.3, 3, generator=generator)
    return model.eval()


def _close(model, x, tolerance=1e-5):
    """Fold, compare the outputs, and look that the model is as it was."""
    state = {name: value.clone() for name, value in model.state_dict().items()}
    folded = fold_batch_norm(model)
    with torch.no_grad():
        torch.testing.assert_close(folded(x), model(x), rtol=tolerance, atol=tolerance)
    kind = fx.GraphModule if isinstance(model, fx.GraphModule) else type(model)
    assert isinstance(folded, kind)
    assert all(torch.equal(v, state[name]) for name, v in model.state_dict().items())
    return folded


def _norms(model):
    kind = nn.modules.batchnorm._BatchNorm
    return sum(isinstance(module, kind) for module in model.modules())


@pytest.fixture
def settle():
    """See `_settle`."""
    return _settle


@pytest.fixture
def close():
    """See `_close`."""
    return _close


@pytest.fixture
def norms():
    """Count the batch normalizations of a model."""
    return _norms
