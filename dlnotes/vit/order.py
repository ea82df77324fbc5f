"""What attention knows of the order of its tokens: nothing."""

from collections.abc import Callable

from torch import Tensor

from dlnotes.blocks.checks import check_floating, check_tensor


def order_gaps(
    function: Callable[[Tensor], Tensor], tokens: Tensor, order: Tensor
) -> tuple[Tensor, Tensor]:
    """How much a new order of the tokens changes a function, Eq. (equivariant).

    Args:
        function: Maps `(B, N, D)` to the same shape.
        tokens: Shape `(B, N, D)`.
        order: A permutation, row numbers of shape `(N,)`.

    Returns:
        Two largest absolute differences: of the outputs for the tokens in the new order
        from the outputs in the new order, and from the outputs in the old one. The
        first is 0 if the function is equivariant, the second if it is invariant.
    """
    check_floating("tokens", tokens)
    check_tensor("order", order)
    before, after = function(tokens), function(tokens[:, order])
    return (after - before[:, order]).abs().max(), (after - before).abs().max()
