"""A variational autoencoder with normal latent variables, trained in two ways."""

import torch
from torch import Generator, Tensor, nn
from torch.distributions import Distribution, Normal

from dlnotes.blocks.checks import check_finite
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.precision import widen_half
from dlnotes.blocks.vae import bernoulli_log_likelihood, mlp
from dlnotes.reparameterization._rounding import exp_minus_tangent
from dlnotes.reparameterization.baselines import leave_one_out_baseline
from dlnotes.reparameterization.checks import check_model, check_scale
from dlnotes.reparameterization.pathwise import location_scale
from dlnotes.reparameterization.score_function import surrogate


@widen_half
def gaussian_kl(loc: Tensor, scale: Tensor) -> Tensor:
    r"""Measure how far independent normals are from standard ones, Eq. (gaussian-kl).

    Args:
        loc: Means, shape `(..., M)`.
        scale: Standard deviations, positive, same shape.

    Returns:
        Divergences in nats, summed over the M variables, shape `(...)`.

    Examples:
        >>> gaussian_kl(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 1.0]))
        tensor(2.5000)
    """
    check_finite("loc", loc)
    check_scale("scale", scale)
    if loc.shape != scale.shape or not loc.ndim:
        raise ValueError(
            "loc and scale must have the same shape (..., M), "
            f"got {tuple(loc.shape)} and {tuple(scale.shape)}"
        )
    log_square = 2 * scale.log()
    # Beside the prior the four terms all but cancel.
    near = exp_minus_tangent(log_square.clamp(-1, 1))
    far = scale.square() - 1 - log_square
    excess = torch.where(log_square.abs() < 1, near, far)
    return (loc.square() + excess).sum(dim=-1) / 2


class GaussianVAE(nn.Module):
    """Binary images from normal latent variables, the model of Eq. (gaussian-elbo).

    Args:
        pixels: Pixels D of an image.
        hidden: Length of the one hidden vector of encoder and decoder.
        latents: Latent variables M.
        generator: Source of the initial weights; `None` means torch's global one.
    """

    def __init__(
        self,
        *,
        pixels: int,
        hidden: int,
        latents: int,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.pixels, self.latents = pixels, latents
        self.encoder = mlp(pixels, hidden, 2 * latents, generator=generator)
        self.decoder = mlp(latents, hidden, pixels, generator=generator)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Turn images `(B, D)` into locations and scales, each `(B, M)`."""
        check_input("x", x, ("B", self.pixels), like=self)
        loc, log_scale = self.encoder(x).chunk(2, dim=-1)
        return loc, log_scale.exp()

    def decode(self, z: Tensor) -> Tensor:
        """Turn latent variables `(..., M)` into logits of the pixels, `(..., D)`."""
        check_input("z", z, (..., self.latents), like=self)
        logits: Tensor = self.decoder(z)
        return logits


@widen_half
def gaussian_elbo(model: GaussianVAE, x: Tensor, *, noise: Tensor) -> Tensor:
    r"""Bound the log-likelihood of images from below, Eq. (gaussian-elbo).

    Args:
        model: The autoencoder.
        x: Images of pixels 0 or 1, floating point, shape `(B, D)`.
        noise: Standard normal noise, shape `(S, B, M)`.

    Returns:
        One estimate per sample and image, in nats, shape `(S, B)`; its gradient is the
        pathwise one.

    Raises:
        TypeError: If the weights are in half precision, or in another dtype than `x`.
    """
    check_model("model", model, x)
    loc, scale = model.encode(x)
    z = location_scale(noise, loc, scale)
    return bernoulli_log_likelihood(model.decode(z), x) - gaussian_kl(loc, scale)


@widen_half
def score_function_elbo(model: GaussianVAE, x: Tensor, *, noise: Tensor) -> Tensor:
    r"""Estimate the same bound with the other gradient, Eq. (score-function-elbo).

    The encoder learns by the score function with leave-one-out baselines, the decoder
    as in `gaussian_elbo`.

    Args:
        model: The autoencoder.
        x: Images of pixels 0 or 1, floating point, shape `(B, D)`.
        noise: Standard normal noise, shape `(S, B, M)`, two samples or more.

    Returns:
        The values of `gaussian_elbo`, shape `(S, B)`, with another gradient.

    Raises:
        TypeError: If the weights are in half precision, or in another dtype than `x`.
    """
    check_model("model", model, x)
    loc, scale = model.encode(x)
    z = location_scale(noise, loc, scale).detach()
    posterior: Distribution = Normal(loc, scale, validate_args=False)
    log_prob = posterior.log_prob(z).sum(dim=-1)  # (S, B)
    log_likelihood = bernoulli_log_likelihood(model.decode(z), x)
    baseline = leave_one_out_baseline(log_likelihood.detach())
    encoder = surrogate(log_likelihood, log_prob, baseline=baseline)
    # The bracket is exactly 0 in value.
    return log_likelihood + (encoder - encoder.detach()) - gaussian_kl(loc, scale)
