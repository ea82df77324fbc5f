"""A variational autoencoder with normal latent variables, trained in two ways."""

from torch import Generator, Tensor, nn
from torch.distributions import Distribution, Normal

from dlnotes.blocks.vae import bernoulli_log_likelihood, mlp
from dlnotes.reparameterization.baselines import leave_one_out_baseline
from dlnotes.reparameterization.checks import check_parameters, check_scale
from dlnotes.reparameterization.pathwise import location_scale
from dlnotes.reparameterization.score_function import surrogate


def gaussian_kl(loc: Tensor, scale: Tensor) -> Tensor:
    r"""Divergence of independent normals from standard ones, Eq. (gaussian-kl).

    Args:
        loc: Means, shape `(..., M)`.
        scale: Standard deviations, positive, same shape.

    Returns:
        Divergences in nats, summed over the M variables, shape `(...)`.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If the shapes differ or have no dimension, an entry is not finite,
            or a scale is not positive.
    """
    check_parameters((loc, scale), ("loc", "scale"))
    if loc.shape != scale.shape or not loc.ndim:
        raise ValueError(
            "loc and scale must have the same shape (..., M), "
            f"got {tuple(loc.shape)} and {tuple(scale.shape)}"
        )
    check_scale(scale)
    return (loc**2 + scale**2 - 1 - 2 * scale.log()).sum(dim=-1) / 2


class GaussianVAE(nn.Module):
    """Binary images from normal latent variables, the model of Eq. (elbo).

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
        self.encoder = mlp(pixels, hidden, 2 * latents, generator=generator)
        self.decoder = mlp(latents, hidden, pixels, generator=generator)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Turn images `(B, D)` into locations and scales, each `(B, M)`."""
        loc, log_scale = self.encoder(x).chunk(2, dim=-1)
        return loc, log_scale.exp()

    def decode(self, z: Tensor) -> Tensor:
        """Turn latent variables `(..., M)` into logits of the pixels, `(..., D)`."""
        logits: Tensor = self.decoder(z)
        return logits


def elbo(vae: GaussianVAE, x: Tensor, noise: Tensor) -> Tensor:
    r"""Bound the log-likelihood of images from below, Eq. (elbo).

    Args:
        vae: The model.
        x: Images of pixels 0 or 1, floating point, shape `(B, D)`.
        noise: Standard normal noise, shape `(S, B, M)`.

    Returns:
        One estimate per sample and image, in nats, shape `(S, B)`; its gradient is the
        pathwise one.

    Raises:
        ValueError: If a pixel is not 0 or 1, or the shape of the noise does not end in
            `(B, M)`.
    """
    loc, scale = vae.encode(x)
    z = location_scale(noise, loc, scale)
    return bernoulli_log_likelihood(vae.decode(z), x) - gaussian_kl(loc, scale)


def score_function_elbo(vae: GaussianVAE, x: Tensor, noise: Tensor) -> Tensor:
    r"""Estimate the same bound with the other gradient, Eq. (score-function-elbo).

    The encoder learns by the score function with leave-one-out baselines, the decoder
    as in `elbo`.

    Args:
        vae: The model.
        x: Images of pixels 0 or 1, floating point, shape `(B, D)`.
        noise: Standard normal noise, shape `(S, B, M)`, two samples or more.

    Returns:
        The values of `elbo`, shape `(S, B)`, with another gradient.

    Raises:
        ValueError: If a pixel is not 0 or 1, the shape of the noise does not end in
            `(B, M)`, or there are fewer than two samples.
    """
    loc, scale = vae.encode(x)
    z = location_scale(noise, loc, scale).detach()
    posterior: Distribution = Normal(loc, scale)
    log_prob = posterior.log_prob(z).sum(dim=-1)  # (S, B)
    log_likelihood = bernoulli_log_likelihood(vae.decode(z), x)
    baseline = leave_one_out_baseline(log_likelihood.detach())
    encoder = surrogate(log_likelihood, log_prob, baseline=baseline)
    # The bracket is exactly 0 in value.
    return log_likelihood + (encoder - encoder.detach()) - gaussian_kl(loc, scale)
