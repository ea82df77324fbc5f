"""Checks of dlnotes.representations_3d.critical."""

import torch

from dlnotes.blocks.pooling import masked_max
from dlnotes.representations_3d.critical import critical_points, in_upper_set
from dlnotes.representations_3d.pointnet import PointEncoder
from tests.weights import enliven


def encoder(rng, width=12):
    plain = {"point_alignment": None, "feature_alignment": None}
    network = PointEncoder(local=(8,), widths=(16, width), **plain)
    enliven(network, rng(7))
    return network.double().eval()


def test_critical_points_are_the_first_with_a_largest_value(rng):
    """Eq. (critical-set), feature by feature; whole numbers make many ties."""
    features = torch.randint(0, 4, (5, 9, 3), generator=rng()).double()
    mask = torch.rand(5, 9, generator=rng(1)) < 0.6
    mask[4] = False
    found = critical_points(features, mask=mask)
    for cloud, real, critical in zip(features, mask, found, strict=True):
        numbers = real.nonzero()[:, 0].tolist()
        columns = cloud.T.tolist() if numbers else []
        expected = {max(numbers, key=column.__getitem__) for column in columns}
        assert set(critical.nonzero()[:, 0].tolist()) == expected


def test_every_cloud_between_the_critical_and_the_upper_set_has_the_same_features(rng):
    """Eq. (critical-set) and Eq. (upper-set): to the last bit, and not beyond them."""
    network = encoder(rng)
    points = torch.randn(3, 400, 3, dtype=torch.float64, generator=rng())
    features = network(points).features
    cloud = (torch.arange(400) < 100).expand(3, -1)
    wanted = masked_max(features, cloud)
    critical = critical_points(features, mask=cloud)
    upper = in_upper_set(features, wanted)
    assert (critical.sum(1) <= 12).all()
    assert not (cloud & ~upper).any()
    assert (upper & ~cloud).any(1).all()  # points to add
    assert (~upper).any(1).all()
    for seed in range(20):
        chosen = torch.rand(3, 400, generator=rng(seed)) < 0.5
        between = critical | (upper & chosen)
        assert torch.equal(network(points, between).pooled, wanted)
    outside = (~upper).int().argmax(1)
    more = cloud.scatter(1, outside[:, None], True)
    assert (masked_max(features, more) > wanted).any(1).all()


def test_without_a_critical_point_a_feature_is_smaller(rng):
    """Eq. (critical-set): where no values are equal, each of them is needed."""
    features = torch.randn(1, 50, 8, dtype=torch.float64, generator=rng())
    whole = masked_max(features)
    critical = critical_points(features)
    for number in range(50):
        without = masked_max(features, torch.arange(50)[None] != number)
        assert (without < whole).any() == critical[0, number]


def test_membership_is_compared_number_by_number(rng):
    """Eq. (upper-set) by loops; equal values belong to it."""
    features = torch.randint(0, 4, (3, 8, 2), generator=rng()).double()
    pooled = torch.randint(1, 4, (3, 2), generator=rng(1)).double()
    expected = [
        [all(x <= u for x, u in zip(point, most, strict=True)) for point in cloud]
        for cloud, most in zip(features.tolist(), pooled.tolist(), strict=True)
    ]
    assert in_upper_set(features, pooled).tolist() == expected
