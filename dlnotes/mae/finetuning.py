"""What comes after pre-training: another head, and rates that grow with depth."""

from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from dlnotes.blocks.checks import (
    check_count,
    check_module,
    check_positive,
    check_real,
    check_tensor,
)
from dlnotes.blocks.trainer import Trainer
from dlnotes.blocks.training import rise_and_fall
from dlnotes.mae.model import MaskedAutoencoder
from dlnotes.vit.model import VisionTransformer


def scaled_rate(base: float, batch: int) -> float:
    """Learning rate for a batch, Eq. (scaled-rate).

    Args:
        base: The rate for 256 images.
        batch: Images in a step, of all processes together.

    Returns:
        Proportional to the batch.

    Examples:
        >>> scaled_rate(1.5e-4, 4096)
        0.0024
    """
    check_positive("base", base)
    check_count("batch", batch)
    return base * batch / 256


def layer_rates(depth: int, decay: float) -> list[float]:
    """Factors of the learning rate from the embedding to the head, Eq. (layer-decay).

    Args:
        depth: Layers `L` of the encoder.
        decay: Factor from a layer to the one below, from 0 to 1.

    Returns:
        `L + 2` factors: of the embedding, of each layer, and 1 for the head.
    """
    check_count("depth", depth)
    check_real("decay", decay)
    if not 0 < decay <= 1:
        raise ValueError(f"decay must be above 0 and at most 1, got {decay}")
    return [decay ** (depth + 1 - place) for place in range(depth + 2)]


def layered_groups(
    model: VisionTransformer, rate: float, *, decay: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Sort the parameters of a classifier by rate and weight decay.

    The class token and the positions belong to the embedding; neither they nor biases
    nor normalizations decay, as in the published program for fine-tuning.

    Args:
        model: The classifier.
        rate: Learning rate of the head.
        decay: See `layer_rates`.
        weight_decay: Of all other weights.

    Returns:
        Groups for an optimizer of torch, each parameter that is trained in one of them.
    """
    check_module("model", model)
    check_positive("rate", rate)
    depth = len(model.encoder.layers)
    factors = layer_rates(depth, decay)
    groups: dict[tuple[int, bool], dict[str, Any]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        place = _place(name, depth)
        decays = parameter.ndim > 1 and name not in ("class_token", "positions")
        group = groups.setdefault(
            (place, decays),
            {
                "params": [],
                "lr": rate * factors[place],
                "weight_decay": weight_decay * decays,
            },
        )
        group["params"].append(parameter)
    return list(groups.values())


def as_classifier(
    model: MaskedAutoencoder, classes: int, *, mean: bool = True
) -> VisionTransformer:
    """Put the encoder of an autoencoder into a classifier, with a head of zeros.

    Where it averages, each token is normalized before the mean. The official program
    keeps the class token in all layers, and normalizes the mean of the patches.

    Args:
        model: The autoencoder; the classifier copies its parameters.
        classes: How many there are.
        mean: Whether to read the average of the patches, or the class token.

    Returns:
        The classifier. It has no class token where it averages.
    """
    check_module("model", model)
    channels, dim = model.embedding.in_channels, len(model.class_token)
    classifier = VisionTransformer(
        (model.grid[0] * model.patch[0], model.grid[1] * model.patch[1]),
        model.patch,
        dim=dim,
        depth=len(model.encoder.layers),
        heads=model.heads,
        hidden=model.hidden,
        channels=channels,
        classes=classes,
        codes=model.positions[1:].clone(),
        mean=mean,
        eps=model.eps,
    ).to(model.class_token)
    names = classifier.state_dict().keys() - {"head.weight", "head.bias", "positions"}
    state = {name: model.state_dict()[name].clone() for name in names}
    classifier.load_state_dict(state, strict=False)
    for parameter in classifier.head.parameters():
        nn.init.zeros_(parameter)
    return classifier


def probe_head(features: int, classes: int) -> nn.Module:
    """Make the head of a linear probe: normalization without parameters, then a map.

    Args:
        features: Length of a feature vector.
        classes: How many there are.

    Returns:
        Maps `(B, features)` to `(B, classes)`; in train mode by the batch's statistics.
    """
    check_count("features", features)
    check_count("classes", classes)
    norm = nn.BatchNorm1d(features, eps=1e-6, affine=False)
    return nn.Sequential(norm, nn.Linear(features, classes))


def freeze(model: VisionTransformer, trained: int) -> None:
    """Leave a classifier only its last layers to train, for partial fine-tuning.

    Args:
        model: The classifier; the head and the normalization before it stay trainable.
        trained: How many of its last layers are trained, from 0 to all of them; with
            all of them the embedding is trained, too.
    """
    check_module("model", model)
    depth = len(model.encoder.layers)
    check_count("trained", trained, least=0, most=depth)
    lowest = 0 if trained == depth else depth + 1 - trained
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(_place(name, depth) >= lowest)


def fine_tune(
    model: VisionTransformer,
    images: Tensor,
    labels: Tensor,
    *,
    steps: int,
    rate: float = 2e-3,
    decay: float = 0.75,
    batch: int = 32,
    generator: Generator | None = None,
) -> None:
    """Train a classifier in place, lower layers more slowly.

    Args:
        model: The classifier.
        images: Shape `(N, C, H, W)`.
        labels: Shape `(N,)`, integers.
        steps: Number of steps.
        rate: Largest learning rate of the head.
        decay: See `layer_rates`; with 1 all layers learn alike.
        batch: Images in a step, drawn with replacement.
        generator: Source of the batches; `None` means torch's global one.
    """
    check_module("model", model)
    check_count("steps", steps)
    check_count("batch", batch)
    check_tensor("images", images)
    check_tensor("labels", labels)
    if not len(images) or labels.shape != images.shape[:1]:
        shapes = tuple(images.shape), tuple(labels.shape)
        raise ValueError(f"images and labels must be of N examples, got {shapes}")
    groups = layered_groups(model, rate, decay=decay, weight_decay=0.05)
    optimizer = AdamW(groups, fused=True)
    schedule = LambdaLR(optimizer, partial(rise_and_fall, steps=steps))

    def draw(source: Generator) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(images), (batch,), generator=source)
        return images[rows], labels[rows]

    def loss(network: nn.Module, x: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        total = cross_entropy(network(x), wanted, reduction="sum")
        return total, torch.tensor(len(x), device=x.device)

    trainer = Trainer(
        *(model, optimizer, draw, loss), schedule=schedule, generator=generator
    )
    trainer.run(steps)


def _place(name: str, depth: int) -> int:
    """0 for the embedding, 1 to `depth` for layers, then the head."""
    if name.startswith("encoder.layers."):
        return 1 + int(name.split(".")[2])
    below = ("embedding.", "class_token", "positions", "bias_table")
    return 0 if name.startswith(below) else depth + 1
