"""How many parameters the models of the papers have."""

from dlnotes.blocks.checks import check_count

# Devlin et al. (2019), section 3; Liu et al. (2019), table 9; Lan et al. (2020), table
# 1; Clark et al. (2020), table 6, the discriminator; Sanh et al. (2019), section 3.
_ROBERTA = {"vocabulary": 50265, "positions": 514, "segments": 1}
_ALBERT = {"vocabulary": 30000, "width": 128, "shared": True}
SIZES: dict[str, dict[str, int]] = {
    "bert-base": {"vocabulary": 30522, "dim": 768, "depth": 12},
    "bert-large": {"vocabulary": 30522, "dim": 1024, "depth": 24},
    "roberta-base": {**_ROBERTA, "dim": 768, "depth": 12},
    "roberta-large": {**_ROBERTA, "dim": 1024, "depth": 24},
    "albert-base": {**_ALBERT, "dim": 768, "depth": 12},
    "albert-large": {**_ALBERT, "dim": 1024, "depth": 24},
    "albert-xlarge": {**_ALBERT, "dim": 2048, "depth": 24},
    "albert-xxlarge": {**_ALBERT, "dim": 4096, "depth": 12},
    "electra-small": {"vocabulary": 30522, "dim": 256, "depth": 12, "width": 128},
    "distilbert": {"vocabulary": 30522, "dim": 768, "depth": 6, "segments": 0},
}
HEADS = {
    **{"bert-base": 12, "bert-large": 16, "roberta-base": 12, "roberta-large": 16},
    **{"albert-base": 12, "albert-large": 16, "albert-xlarge": 16},
    **{"albert-xxlarge": 64, "electra-small": 4, "distilbert": 12},
}
# Radford et al. (2019), table 2; Brown et al. (2020), table 2.1; Shoeybi et al. (2019),
# table 2. All read 1,024 tokens but GPT-3, which reads 2,048.
GPT_SIZES = {
    "gpt-2": {"vocabulary": 50257, "dim": 1600, "depth": 48, "positions": 1024},
    "gpt-3": {"vocabulary": 50257, "dim": 12288, "depth": 96, "positions": 2048},
    "megatron": {"vocabulary": 51200, "dim": 3072, "depth": 72, "positions": 1024},
}


def layer_parameters(dim: int, hidden: int) -> int:
    """Count the parameters of one layer, Eq. (layer-parameters).

    Args:
        dim: Length of the vector of a token, `D`.
        hidden: Inner length of the feed-forward network, `I`.

    Returns:
        Four maps of attention, two of the feed-forward network, two normalizations.
    """
    check_count("dim", dim)
    check_count("hidden", hidden)
    return 4 * (dim**2 + dim) + 2 * dim * hidden + hidden + dim + 4 * dim


def body_parameters(
    vocabulary: int,
    dim: int,
    depth: int,
    *,
    positions: int = 512,
    segments: int = 2,
    hidden: int | None = None,
    width: int | None = None,
    shared: bool = False,
) -> int:
    """Count the parameters of embedding and encoder, Eq. (body-parameters).

    Args:
        vocabulary: How many tokens there are, `V`.
        dim: Length of the vector of a token, `D`.
        depth: Layers of the encoder, `L`.
        positions: Rows of the table of places, `P`.
        segments: Rows of the table of segments, `S`.
        hidden: Inner length of the feed-forward networks; four times `dim` by default.
        width: Length of the embeddings, `E`, if a linear map brings them to `dim`.
        shared: Whether all layers are one.

    Returns:
        The number of weights and biases, without pooler and heads.

    Examples:
        >>> body_parameters(30522, 768, 12) + pooler_parameters(768)
        109482240
    """
    for name, value in {"vocabulary": vocabulary, "positions": positions}.items():
        check_count(name, value)
    check_count("depth", depth, least=0)
    check_count("segments", segments, least=0)
    length = dim if width is None else width
    mapped = 0 if width is None else width * dim + dim
    embedding = (vocabulary + positions + segments + 2) * length
    layers = min(depth, 1) if shared else depth
    inner = 4 * dim if hidden is None else hidden
    return embedding + mapped + layers * layer_parameters(dim, inner)


def pooler_parameters(dim: int) -> int:
    """Count the parameters of the pooler, Eq. (pooler-parameters)."""
    check_count("dim", dim)
    return dim**2 + dim


def word_head_parameters(vocabulary: int, dim: int, *, width: int | None = None) -> int:
    """Count the parameters of the head for words, Eq. (word-head-parameters).

    Args:
        vocabulary: How many tokens there are, `V`.
        dim: Length of the vector of a token, `D`.
        width: Length of the embeddings, `E`; `dim` by default.

    Returns:
        Without the table of words, which is the embedding's.
    """
    check_count("vocabulary", vocabulary)
    check_count("dim", dim)
    length = dim if width is None else width
    return dim * length + 3 * length + vocabulary


def gpt_parameters(vocabulary: int, dim: int, depth: int, *, positions: int) -> int:
    """Count the parameters of a model of the GPT series, Eq. (gpt-parameters).

    Args:
        vocabulary: How many tokens there are, `V`.
        dim: Length of the vector of a token, `D`.
        depth: Layers, `L`, whose feed-forward networks have four times `dim` inside.
        positions: Rows of the table of places, `P`.

    Returns:
        Two tables, the layers, and one normalization after the last; the table of words
        scores the next token, too.

    Examples:
        >>> gpt_parameters(50257, 1600, 48, positions=1024)
        1557611200
    """
    check_count("vocabulary", vocabulary)
    check_count("positions", positions)
    check_count("depth", depth, least=0)
    tables = (vocabulary + positions) * dim
    return tables + depth * layer_parameters(dim, 4 * dim) + 2 * dim
