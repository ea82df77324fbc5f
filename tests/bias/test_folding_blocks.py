"""Checks of dlnotes.bias.folding on the blocks of known networks."""

import pytest
import torch
from torch import nn


def conv_norm(i, o, kernel, stride=1, groups=1, act=True):
    pad = tuple(k // 2 for k in kernel) if isinstance(kernel, tuple) else kernel // 2
    layers = [
        nn.Conv2d(i, o, kernel, stride, pad, groups=groups, bias=False),
        nn.BatchNorm2d(o),
    ]
    return nn.Sequential(*layers, *[nn.ReLU(inplace=True)] * act)


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a projection; one ReLU module used twice."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.downsample = conv_norm(i, o, 1, stride, act=False)

    def forward(self, x):
        """Add the branches, then rectify."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.downsample(x)
        return self.relu(out)


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 in groups, 1 x 1, around an identity."""

    def __init__(self, c, width, groups):
        super().__init__()
        self.body = nn.Sequential(
            conv_norm(c, width, 1),
            conv_norm(width, width, 3, groups=groups),
            conv_norm(width, c, 1, act=False),
        )

    def forward(self, x):
        """Add the branches, then rectify."""
        return (x + self.body(x)).relu()


class InvertedResidual(nn.Module):
    """Expand, depthwise, squeeze and excite, project."""

    def __init__(self, c):
        super().__init__()
        self.expand = conv_norm(c, 6 * c, 1)
        self.depthwise = conv_norm(6 * c, 6 * c, 3, groups=6 * c)
        self.squeeze = nn.Conv2d(6 * c, 6 * c, 1)
        self.project = conv_norm(6 * c, c, 1, act=False)

    def forward(self, x):
        """Add the branches."""
        y = self.depthwise(self.expand(x))
        y = y * self.squeeze(y.mean((2, 3), keepdim=True)).sigmoid()
        return x + self.project(y)


class Inception(nn.Module):
    """Four branches, joined; asymmetric kernels."""

    def __init__(self, c):
        super().__init__()
        self.one = conv_norm(c, 4, 1)
        self.three = nn.Sequential(conv_norm(c, 3, 1), conv_norm(3, 5, (1, 7)))
        self.five = nn.Sequential(conv_norm(c, 2, 1), conv_norm(2, 3, (7, 1)))
        self.pool = nn.Sequential(nn.AvgPool2d(3, 1, 1), conv_norm(c, 2, 1))

    def forward(self, x):
        """Join the branches."""
        return torch.cat([f(x) for f in self.children()], 1)


class Dense(nn.Module):
    """Normalization before the convolution: only the inner pair can be folded."""

    def __init__(self, c):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(c), nn.BatchNorm2d(4 * c)
        self.conv1 = nn.Conv2d(c, 4 * c, 1, bias=False)
        self.conv2 = nn.Conv2d(4 * c, 2, 3, padding=1, bias=False)

    def forward(self, x):
        """Join input and output."""
        y = self.conv1(self.norm1(x).relu())
        return torch.cat([x, self.conv2(self.norm2(y).relu())], 1)


@pytest.mark.parametrize(
    ("block", "left"),
    [
        (BasicBlock(8, 12, 2), 0),
        (Bottleneck(8, 4, 2), 0),
        (InvertedResidual(8), 0),
        (Inception(8), 0),
        (Dense(8), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_blocks_of_known_networks_fold(rng, block, left, settle, close, norms):
    """Eq. (fold): equal outputs, and no batch normalization but what must stay."""
    folded = close(settle(block), torch.randn(3, 8, 9, 9, generator=rng()))
    assert norms(folded) == left
