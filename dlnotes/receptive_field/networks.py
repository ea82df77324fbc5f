"""Well-known networks along one axis, up to their last feature map.

Layers that neither read neighbors nor skip positions are left out, except where a
branch consists of them. What is global is left out too: pooling over the image, and
the gates of squeeze-and-excitation.
"""

from dlnotes.receptive_field.graphs import Parallel, Part
from dlnotes.receptive_field.layers import Layer, Transposed

Network = tuple[Part, ...]

CONV1 = Layer(1)
CONV3 = Layer(3, padding=1)
CONV5 = Layer(5, padding=2)
HALF3 = Layer(3, 2, 1)  # kernel 3, stride 2, padding 1
POOL2 = Layer(2, 2)
# Araujo, Norris and Sim (2019), table of their program; padding where it is torch's.
PUBLISHED = {
    "alexnet": {"field": 195, "jump": 32, "padding": 64},
    "vgg-16": {"field": 212, "jump": 32, "padding": 90},
    "mobilenet": {"field": 315, "jump": 32},
    "resnet-50": {"field": 483, "jump": 32},
    "resnet-101": {"field": 1027, "jump": 32},
    "inception-v3": {"field": 1311, "jump": 32, "padding": 618},
    "resnet-152": {"field": 1507, "jump": 32},
}


def alexnet() -> Network:
    """AlexNet up to its third pooling (Krizhevsky 2014, arXiv:1404.5997).

    The first kernel has no padding, as in the published table of fields.
    """
    pool = Layer(3, 2)
    return (Layer(11, 4), pool, CONV5, pool, CONV3, CONV3, CONV3, pool)


def vgg(depths: tuple[int, ...] = (2, 2, 3, 3, 3)) -> Network:
    """VGG up to its fifth pooling (Simonyan and Zisserman 2015, arXiv:1409.1556).

    Args:
        depths: Convolutions before each pooling; the default is VGG-16.
    """
    return tuple(part for depth in depths for part in (CONV3,) * depth + (POOL2,))


def resnet(
    depths: tuple[int, ...], *, bottleneck: bool, stride_in_first: bool = False
) -> Network:
    """ResNet up to its last block (He et al. 2016, arXiv:1512.03385).

    Args:
        depths: Blocks in each of four stages.
        bottleneck: Whether a block is 1 x 1, 3 x 3, 1 x 1, or else 3 x 3 twice.
        stride_in_first: Whether the stride of a bottleneck is in its first 1 x 1, as
            in the paper, or else in its 3 x 3, as in most code.
    """
    parts: list[Part] = [Layer(7, 2, 3), HALF3]
    for stage, depth in enumerate(depths):
        for block in range(depth):
            stride = 2 if stage and not block else 1
            first, second = (stride, 1) if stride_in_first else (1, stride)
            if bottleneck:
                main: Network = (Layer(1, first), Layer(3, second, 1), CONV1)
            else:
                main = (Layer(3, stride, 1), CONV3)
            projected = not block and (bottleneck or stage > 0)
            parts.append(Parallel((main, (Layer(1, stride),) if projected else ())))
    return tuple(parts)


def googlenet() -> Network:
    """GoogLeNet up to its last module (Szegedy et al. 2015, arXiv:1409.4842)."""
    block = Parallel(((CONV1,), (CONV1, CONV3), (CONV1, CONV5), (CONV3, CONV1)))
    stem: Network = (Layer(7, 2, 3), HALF3, CONV1, CONV3, HALF3)
    return (*stem, *(block,) * 2, HALF3, *(block,) * 5, HALF3, *(block,) * 2)


def inception_v3() -> Network:
    """Inception v3 up to its last module (Szegedy et al. 2016, arXiv:1512.00567)."""
    half = Layer(3, 2)
    stem: Network = (half, Layer(3), CONV3, half, CONV1, Layer(3), half)
    pool: Network = (CONV3, CONV1)
    a = Parallel(((CONV1,), (CONV1, CONV5), (CONV1, CONV3, CONV3), pool))
    b = Parallel(((half,), (CONV1, CONV3, half), (half,)))
    # 1 x 7 and 7 x 1 take turns: along one axis, every other one is seen.
    seven = Layer(7, padding=3)
    c = Parallel(
        ((CONV1,), (CONV1, CONV1, seven), (CONV1, seven, CONV1, seven, CONV1), pool)
    )
    d = Parallel(((CONV1, half), (CONV1, CONV1, seven, half), (half,)))
    fork = Parallel(((CONV1,), (CONV3,)))  # 1 x 3 beside 3 x 1
    e = Parallel(((CONV1,), (CONV1, fork), (CONV1, CONV3, fork), pool))
    return (*stem, a, a, a, b, c, c, c, c, d, e, e)


def mobilenet_v1() -> Network:
    """MobileNet up to its last convolution (Howard et al. 2017, arXiv:1704.04861)."""
    strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    return (HALF3, *(p for s in strides for p in (Layer(3, s, 1), CONV1)))


def mobilenet_v2() -> Network:
    """MobileNetV2 to its last convolution (Sandler et al. 2018, arXiv:1801.04381)."""
    stages = ((1, 1), (2, 2), (3, 2), (4, 2), (3, 1), (3, 2), (1, 1))
    return (HALF3, *_inverted([(n, s, 3) for n, s in stages]), CONV1)


def efficientnet_b0() -> Network:
    """EfficientNet-B0 without its gates (Tan and Le 2019, arXiv:1905.11946)."""
    stages = ((1, 1, 3), (2, 2, 3), (2, 2, 5), (3, 2, 3), (3, 1, 5), (4, 2, 5))
    return (HALF3, *_inverted([*stages, (1, 1, 3)]), CONV1)


def densenet(depths: tuple[int, ...] = (6, 12, 24, 16)) -> Network:
    """DenseNet up to its last block (Huang et al. 2017, arXiv:1608.06993).

    Args:
        depths: Layers in each block; the default is DenseNet-121.
    """
    layer = Parallel(((), (CONV1, CONV3)))
    parts: list[Part] = [Layer(7, 2, 3), HALF3]
    for block, depth in enumerate(depths):
        parts += (CONV1, POOL2) if block else ()
        parts += [layer] * depth
    return tuple(parts)


def unet(depth: int = 4) -> Network:
    """U-Net up to its last 3 x 3 (Ronneberger et al. 2015, arXiv:1505.04597).

    With padding 1, so that the skip connections need no crop.

    Args:
        depth: Times that the resolution is halved, and doubled again.
    """
    inner: Network = (CONV3, CONV3)
    for _ in range(depth):
        below: Network = (POOL2, *inner, Transposed(2, 2))
        inner = (CONV3, CONV3, Parallel(((), below)), CONV3, CONV3)
    return inner


def _inverted(stages: list[tuple[int, int, int]]) -> list[Part]:
    """Blocks of 1 x 1, depthwise, 1 x 1: their number, first stride and kernel."""
    parts: list[Part] = []
    for depth, stride, kernel in stages:
        for block in range(depth):
            step = 1 if block else stride
            main = (CONV1, Layer(kernel, step, kernel // 2), CONV1)
            parts += [Parallel((main, ()))] if block else main
    return parts
