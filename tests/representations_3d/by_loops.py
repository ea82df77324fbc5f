"""Networks on points written as loops over points, with the weights of ours."""

import torch


def rows(network, vectors):
    """Layers in eval mode, one point after the other."""
    return torch.stack([row(network, vector) for vector in vectors])


def row(network, vector):
    """One point through linear map, normalization and activation of each layer."""
    for linear, norm, activation in network.layers:
        vector = linear.weight @ vector
        if linear.bias is not None:
            vector = vector + linear.bias
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        vector = (vector - norm.running_mean) * scale + norm.bias
        slope = getattr(activation, "negative_slope", 0.0)
        vector = torch.where(vector > 0, vector, slope * vector)
    return vector


def largest(vectors):
    """The largest of each number, one vector after the other."""
    result = vectors[0]
    for vector in vectors[1:]:
        result = torch.maximum(result, vector)
    return result


def score(parts, vector):
    """A head: layers, dropout that does nothing in eval mode, and a last linear map."""
    *hidden, last = parts
    for network in hidden[::2]:
        vector = row(network, vector)
    return last.weight @ vector + last.bias


def distance(one, other):
    """A number, of tensors or lists."""
    pair = [v.tolist() if isinstance(v, torch.Tensor) else v for v in (one, other)]
    return sum((x - y) ** 2 for x, y in zip(*pair, strict=True)) ** 0.5


def farthest(points, count, start=0):
    """Numbers of points, each the farthest from those before."""
    chosen = [start]
    while len(chosen) < count:
        gaps = [min(distance(p, points[c]) for c in chosen) for p in points]
        chosen.append(gaps.index(max(gaps)))
    return chosen


def ball(points, center, radius, most):
    """Numbers of the first points of the table that lie in a ball."""
    inside = [i for i, p in enumerate(points) if distance(p, center) <= radius]
    return inside[:most]
