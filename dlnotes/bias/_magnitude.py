"""Powers of two that bring numbers to a size of about 1.

Squares overflow from 2e19 on in single precision and vanish below 4e-23. Dividing by a
power of two first avoids both, and changes no digit of the numbers.
"""

import torch
from torch import Tensor


def power_of_two(size: Tensor) -> Tensor:
    """Find the largest power of two that is not above a number.

    Args:
        size: Nonnegative numbers, any shape.

    Returns:
        The shape of `size`, without gradient; 1 where the number is 0.
    """
    size = size.detach()
    mantissa, _ = size.frexp()  # from 1/2 to 1
    return torch.where(size > 0, size / (2 * mantissa), 1.0)
