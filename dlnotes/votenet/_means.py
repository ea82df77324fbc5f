"""A mean over the places that count, of all clouds of a batch together."""

from torch import Tensor

from dlnotes.blocks.checks import check_floating, check_tensor
from dlnotes.blocks.grouping import check_truth
from dlnotes.blocks.pooling import masked_mean


def mean_where(values: Tensor, counted: Tensor) -> Tensor:
    """Take the mean of values where a mask of the same shape is true; 0 if nowhere."""
    check_floating("values", values)
    check_tensor("counted", counted)
    check_truth("counted", counted, values.shape)
    return masked_mean(values.reshape(-1, 1), counted.reshape(-1))[0]
