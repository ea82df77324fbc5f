"""Times of the points of dlnotes.blocks beside those of SciPy and others.

8 clouds of 1,024 and of 16,384 points in a cube, in float32, on one thread and on two.
`loop` is what a few lines of torch do. pykdtree, fpsample and torch_cluster take part
where they are installed. The peers answer cloud by cloud; those that are not parallel
get no second thread.
"""

from functools import partial
from importlib import import_module
from importlib.util import find_spec

import pytest
import torch
from scipy.spatial import cKDTree

from dlnotes.blocks.grouping import gather_points, offsets
from dlnotes.blocks.neighbors import first_within, nearest_points, points_within
from dlnotes.blocks.sampling import farthest_points

SIZES = {1024: 256, 16384: 1024}  # points, and how many of them are chosen
CLOUDS = {
    n: torch.rand(8, n, 3, generator=torch.Generator().manual_seed(n)) for n in SIZES
}
BATCH = {n: torch.arange(8).repeat_interleave(n) for n in (*SIZES, *SIZES.values())}
RADII = {1024: 0.15, 16384: 0.06}  # a ball in the cube holds about 14 points
K, CHANNELS = 16, 64
OPTIONAL = {"pykdtree", "fpsample", "torch_cluster"}


@pytest.fixture(params=[1, 2], autouse=True)
def threads(request, one_thread):
    """`one_thread` puts the number back."""
    torch.set_num_threads(request.param)
    return request.param


def installed(*peers):
    """The names of ours and of those peers that are there."""
    there = [peer for peer in peers if peer not in OPTIONAL or find_spec(peer)]
    return pytest.mark.parametrize("peer", ["dlnotes", *there])


any_size = pytest.mark.parametrize("points", SIZES)


def run(benchmark, what, points, threads, step, rounds=5):
    benchmark.group = f"{what}, 8 clouds of {points:,}, {threads} threads"
    return benchmark.pedantic(step, rounds=rounds, warmup_rounds=int(rounds > 1))


def choose(peer, cloud, k):
    if peer == "dlnotes":
        return farthest_points(cloud, k, start=0).indices
    if peer == "fpsample":
        sample = import_module("fpsample").fps_sampling
        return [sample(one, k, start_idx=0) for one in cloud.numpy()]
    if peer == "torch_cluster":
        fps = import_module("torch_cluster").fps
        flat, share = cloud.flatten(0, 1), k / cloud.shape[1]
        return fps(flat, BATCH[cloud.shape[1]], share, random_start=False)
    chosen = torch.zeros(8, k, dtype=torch.int64)
    closest = torch.full(cloud.shape[:2], torch.inf)
    for step in range(1, k):
        latest = cloud.gather(1, chosen[:, step - 1, None, None].expand(-1, 1, 3))
        closest = torch.minimum(closest, (cloud - latest).square().sum(-1))
        chosen[:, step] = closest.argmax(1)
    return chosen


@any_size
@installed("fpsample", "torch_cluster", "loop")
def test_farthest_points(benchmark, peer, points, threads):
    step = partial(choose, peer, CLOUDS[points], SIZES[points])
    assert len(run(benchmark, "farthest points", points, threads, step))


def ask(peer, cloud, threads):
    if peer == "dlnotes":
        return nearest_points(cloud, cloud, K).indices
    if peer == "scipy":
        return [cKDTree(c).query(c, K, workers=threads)[1] for c in cloud.numpy()]
    if peer == "pykdtree":
        tree = import_module("pykdtree.kdtree").KDTree
        return [tree(c).query(c, K)[1] for c in cloud.numpy()]
    if peer == "torch_cluster":
        knn = import_module("torch_cluster").knn
        flat, batch = cloud.flatten(0, 1), BATCH[cloud.shape[1]]
        return knn(flat, flat, K, batch, batch)
    chunks = [(c, part) for c in cloud for part in c.split(1024)]
    return [torch.cdist(q, c).topk(K, largest=False).indices for c, q in chunks]


@any_size
@installed("scipy", "pykdtree", "torch_cluster", "loop")
def test_nearest_points(benchmark, peer, points, threads):
    step = partial(ask, peer, CLOUDS[points], threads)
    rounds = 1 if peer == "loop" else 5  # it takes seconds
    assert len(run(benchmark, "nearest points", points, threads, step, rounds))


def look(peer, cloud, queries, radius, threads):
    if peer == "dlnotes":
        return points_within(cloud, queries, radius, K).indices
    if peer == "first in order":
        return first_within(cloud, queries, radius, K).indices
    if peer == "scipy":
        pairs = zip(cloud.numpy(), queries.numpy(), strict=True)
        return [
            cKDTree(c).query(q, K, distance_upper_bound=radius, workers=threads)[1]
            for c, q in pairs
        ]
    find = import_module("torch_cluster").radius
    batches = BATCH[cloud.shape[1]], BATCH[queries.shape[1]]
    flat = cloud.flatten(0, 1), queries.flatten(0, 1)
    return find(*flat, radius, *batches, max_num_neighbors=K)


@any_size
@installed("first in order", "scipy", "torch_cluster")
def test_points_within(benchmark, peer, points, threads):
    cloud, radius = CLOUDS[points], RADII[points]
    queries = cloud[:, : SIZES[points]]
    step = partial(look, peer, cloud, queries, radius, threads)
    assert len(run(benchmark, "points within", points, threads, step))


@any_size
@installed("loop")
def test_grouping_forward_and_backward(benchmark, peer, points, threads):
    """Offsets and features of the neighbors; `loop` is `torch.gather`."""
    cloud, queries = CLOUDS[points], CLOUDS[points][:, : SIZES[points]]
    index = nearest_points(cloud, queries, K).indices
    features = torch.ones(8, points, CHANNELS, requires_grad=True)

    def step():
        if peer == "dlnotes":
            grouped = gather_points(features, index)
            offset = offsets(cloud, queries, index)
        else:
            flat = index.flatten(1)[..., None]
            grouped = features.gather(1, flat.expand(-1, -1, CHANNELS))
            there = cloud.gather(1, flat.expand(-1, -1, 3))
            offset = there.view(8, -1, K, 3) - queries[:, :, None]
        grouped.backward(torch.ones_like(grouped))
        return offset

    assert run(benchmark, "grouping", points, threads, step).isfinite().all()
