"""Weights for comparisons, and networks written out one number after the other."""

import torch


def enliven(module, draw):
    """Draw every parameter and running value so that few units are dead.

    Weights have the spread that keeps that of their input; a norm is near the identity.
    """
    with torch.no_grad():
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            if not tensor.is_floating_point():
                continue
            tensor.normal_(generator=draw)
            if tensor.ndim > 1:  # (out, in), or (middle, in, out) as of `last`
                tensor *= (tensor.shape[-1] / tensor.numel()) ** 0.5
            elif name.endswith(("running_var", "weight")):
                tensor.mul_(0.2).exp_()
            else:
                tensor.mul_(0.2)


def scaled(norm, i, x):
    """One channel of a normalization in eval mode, then ReLU."""
    x = (x - norm.running_mean[i]) / (norm.running_var[i] + norm.eps).sqrt()
    return torch.relu(x * norm.weight[i] + norm.bias[i])


def perceptron(network, vector):
    """A pointwise network, one number after the other."""
    for linear, norm, _ in network.layers:
        sums = [
            sum(w * x for w, x in zip(row, vector, strict=True))
            for row in linear.weight
        ]
        vector = [scaled(norm, i, x) for i, x in enumerate(sums)]
    return vector
