"""Arguments of the canonical calls: logits at their edges, points, a small model."""

from functools import wraps

import torch

from dlnotes.gumbel_softmax.vae import CategoricalVAE

INF = float("inf")
TRANSFORMS = ("vmap", "compile", "export", "meta")
DRAWS = dict.fromkeys(TRANSFORMS, "a generator cannot pass: see test_drawing.py")
FUNCTION = {"export": "takes a function, which is no input of a program"}


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def meta(*shape):
    return torch.empty(shape, device="meta")


def seeded(function):
    """The same function with a fresh generator in each call, so that calls repeat."""

    @wraps(function)
    def repeats(*args, **kwargs):
        generator = torch.Generator().manual_seed(0)
        return function(*args, generator=generator, **kwargs)

    return repeats


def first_times_second(codes):
    return codes[:, 0, 0] * (1 + codes[:, 1, 1])


LOGITS = double([[0.5, -1.0, 2.0], [0.0, 3.0, -2.0]])
NOISE = double([[0.3, 1.2, -0.8], [2.0, -0.4, 0.1]])
# Exactly representable in every dtype, so that half precision changes no point.
INSIDE = double([[0.5, 0.25, 0.25], [0.125, 0.375, 0.5]])
ACROSS = double([[0.25, -0.5, 0.25], [1.0, -0.5, -0.5]])
TIED = double([[1.0, 1.0, 1.0], [2.0, 2.0, -3.0]])
HUGE = double([[3e8, 3e8, -3e8], [3e37, 0.0, -3e37]])
TINY = double([[1e-30, -1e-30, 0.0], [1e-8, 0.0, 0.0]])
MASKED = double([[0.5, -INF, 2.0], [-INF, 3.0, -INF]])
ONE = double([[0.7], [-3.0]])
BAD = {
    "a NaN": double([[0.0, float("nan"), 1.0]] * 2),
    "plus infinity": double([[0.0, INF, 1.0]] * 2),
    "nothing possible": double([[-INF, -INF, -INF]] * 2),
    "no category": torch.empty(2, 0, dtype=torch.float64),
    "no axis": double(1.0),
}
LOGIT_EDGES = {"ties": TIED, "huge": HUGE, "tiny": TINY, "masks": MASKED}
PIXELS = double([[1, 0, 1, 1], [0, 0, 1, 0]])


class AnyPrecision(CategoricalVAE):
    """A model that follows the dtype and device of what it is given."""

    def encode(self, images):
        """Turn images into logits of the posterior."""
        flat = self._run(self.encoder, images)
        return flat.unflatten(-1, (-1, self.categories))

    def decode(self, codes):
        """Turn codes into log-odds of the pixels."""
        return self._run(self.decoder, codes.flatten(-2))

    def _run(self, network, x):
        weights = {name: p.to(x) for name, p in network.named_parameters()}
        return torch.func.functional_call(network, weights, x)


MODEL = AnyPrecision(
    pixels=4,
    latents=2,
    categories=3,
    hidden=5,
    generator=torch.Generator().manual_seed(0),
)
CODES = double([[[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [1, 0, 0]]]])  # (1, 2, 2, 3)
POSTERIOR = double([[[0.5, 0.0, 1.0], [1.0, -1.0, 0.0]]] * 2)  # (2, 2, 3)
