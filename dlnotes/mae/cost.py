"""What it costs to encode few tokens instead of many."""

from dlnotes.blocks.checks import check_count
from dlnotes.vit.sizes import layer_multiply_adds


def pretraining_macs(
    tokens: int,
    kept: int,
    *,
    dim: int,
    depth: int,
    decoder_dim: int = 512,
    decoder_depth: int = 8,
    patch_pixels: int = 768,
    mask_tokens_inside: bool = False,
) -> int:
    """Multiplications of a step of pre-training, forward, Eq. (step-cost).

    Args:
        tokens: Patches of an image, `N`.
        kept: Those that stay visible, `K`.
        dim: Length of a token of the encoder.
        depth: Layers of the encoder.
        decoder_dim: Length of a token of the decoder.
        decoder_depth: Layers of the decoder.
        patch_pixels: Numbers in a patch.
        mask_tokens_inside: Whether the encoder gets a token for each hidden patch.

    Returns:
        A count for one image, with the class token. All patches are embedded, as the
        published program does it.
    """
    check_count("kept", kept, most=tokens)
    check_count("depth", depth)
    check_count("decoder_depth", decoder_depth)
    check_count("patch_pixels", patch_pixels)
    encoded = 1 + (tokens if mask_tokens_inside else kept)
    embedding = tokens * patch_pixels * dim
    encoder = depth * layer_multiply_adds(encoded, dim)
    bridge = encoded * dim * decoder_dim
    decoder = decoder_depth * layer_multiply_adds(1 + tokens, decoder_dim)
    pixels = (1 + tokens) * decoder_dim * patch_pixels
    return embedding + encoder + bridge + decoder + pixels
