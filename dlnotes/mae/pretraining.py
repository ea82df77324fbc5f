"""Training on images without labels."""

from collections.abc import Callable
from functools import partial

from torch import Generator, Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from dlnotes.blocks.checks import check_count, check_module, check_positive
from dlnotes.blocks.trainer import Trainer
from dlnotes.blocks.training import rise_and_fall
from dlnotes.mae.masking import draw_noise, hidden, kept_count, shuffle
from dlnotes.mae.model import MaskedAutoencoder
from dlnotes.mae.target import error_sum


def pretrain(
    model: MaskedAutoencoder,
    draw: Callable[[], Tensor],
    ratio: float,
    *,
    steps: int,
    learning_rate: float = 4e-3,
    generator: Generator | None = None,
) -> None:
    """Train an autoencoder in place, with a new random mask in every step.

    AdamW with the momenta and the weight decay of the paper's recipe, the decay on all
    parameters; the rate rises over a tenth of the steps and falls like a cosine.

    Args:
        model: The autoencoder.
        draw: Gives a batch of images, `(B, C, H, W)`, each time it is called.
        ratio: Share of the patches to hide.
        steps: Number of steps.
        learning_rate: The largest one.
        generator: Source of the masks; `None` means torch's global one.
    """
    check_module("model", model)
    check_count("steps", steps)
    check_positive("learning_rate", learning_rate)
    tokens = model.grid[0] * model.grid[1]
    kept = kept_count(tokens, ratio)
    momenta, weights = (0.9, 0.95), model.parameters()
    optimizer = AdamW(
        weights, lr=learning_rate, betas=momenta, weight_decay=0.05, fused=True
    )
    schedule = LambdaLR(optimizer, partial(rise_and_fall, steps=steps))

    def batch(source: Generator) -> tuple[Tensor, Tensor]:
        images = draw()
        return images, draw_noise(len(images), tokens, generator=source)

    def loss(
        network: nn.Module, images: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        order = shuffle(noise.to(images.device))
        target, mask = model.target(images), hidden(order, kept)
        return error_sum(network(images, order, kept), target, mask)

    trainer = Trainer(
        *(model, optimizer, batch, loss), schedule=schedule, generator=generator
    )
    trainer.run(steps)
