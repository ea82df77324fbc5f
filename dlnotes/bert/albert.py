"""Fewer parameters, after ALBERT: a narrow table of words, and one layer for all."""

from functools import partial

from torch import nn

from dlnotes.bert.model import Bert
from dlnotes.blocks.checks import check_count, check_module

TANH_GELU = partial(nn.GELU, approximate="tanh")  # the nonlinearity of ALBERT and GPT


def table_parameters(vocabulary: int, dim: int, *, width: int | None = None) -> int:
    """Count the weights that give each token its vector, Eq. (factorized).

    Args:
        vocabulary: How many tokens there are, `V`.
        dim: Length of the vector, `D`.
        width: Length of the rows of the table, `E`, which a matrix brings to `D`;
            `None` for one table.

    Returns:
        Without biases.

    Examples:
        >>> table_parameters(30000, 768), table_parameters(30000, 768, width=128)
        (23040000, 3938304)
    """
    for name, value in {"vocabulary": vocabulary, "dim": dim}.items():
        check_count(name, value)
    if width is None:
        return vocabulary * dim
    check_count("width", width)
    return vocabulary * width + width * dim


def share_layers(model: Bert) -> Bert:
    """Let the first layer of an encoder stand for all, Eq. (shared-layers).

    Args:
        model: Changed in place; its other layers are given up.

    Returns:
        The same model. It costs as much as before, and has the parameters of one layer.
    """
    check_module("model", model)
    layers = model.layers()
    model.encoder.layers = nn.ModuleList(layers[:1] * len(layers))
    return model
