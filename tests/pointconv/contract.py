"""Canonical calls of the tensor functions of dlnotes.pointconv."""

import torch

from dlnotes.pointconv.continuous import (
    grid_convolution,
    point_convolution,
    window_offsets,
)
from dlnotes.pointconv.deconvolution import carry_up
from dlnotes.pointconv.density import (
    kernel_density,
    local_density,
    monte_carlo_integral,
    normalized_inverse,
    relative_inverse,
)
from dlnotes.pointconv.efficient import efficient_convolution, factorized_kernel
from dlnotes.pointconv.images import (
    convolve_as_points,
    layer_of_kernel,
    one_hot_offsets,
    pixel_cloud,
)
from dlnotes.pointconv.neighborhood import (
    neighborhood,
    pyramid,
    steps_back,
    whole_cloud,
)
from tests.contract import Case

WAVE = torch.arange(1, 400, dtype=torch.float64).square().sin()
CLOUD, PLACES = WAVE[:42].reshape(2, 7, 3), WAVE[50:74].reshape(2, 4, 3)
REAL = torch.arange(7) < torch.tensor([[7], [5]])
GROUPED = WAVE[80:176].reshape(2, 4, 3, 4)  # (B, M, K, C)
HIDDEN = WAVE[180:228].reshape(2, 4, 3, 2)
LAST = WAVE[230:270].reshape(2, 4, 5)
KERNELS = torch.einsum("bmki,ico->bmkco", HIDDEN, LAST)
DENSITY = 1 + WAVE[300:324].reshape(2, 4, 3).abs()
COUNTED = torch.tensor([True, False, True]).expand(2, 4, 3)
NONE = COUNTED & False
IMAGES, KERNEL = WAVE[:40].reshape(2, 1, 4, 5), WAVE[100:127].reshape(3, 1, 3, 3)
AROUND = neighborhood(CLOUD, PLACES, 3, mask=REAL)
LEVELS = pyramid(CLOUD, (4,), (3,), start=0)
SAME = torch.ones_like(CLOUD)


def meta(*shape):
    return torch.empty(*shape, device="meta")


def wave_kernel(offsets):
    """Smooth weights at offsets, for one channel and two outputs."""
    return torch.stack([offsets.sum(-1).sin(), offsets[:, 0].cos()], -1)[:, None]


CASES = [
    Case(
        grid_convolution,
        (IMAGES, wave_kernel, 3),
        refused={
            "even window": (IMAGES, wave_kernel, 2),
            "too many channels": (IMAGES.view(1, 2, 4, 5), wave_kernel, 3),
        },
        large=(meta(8, 1, 64, 64), wave_kernel, 3),
    ),
    Case(
        window_offsets,
        (3,),
        {"like": CLOUD},
        smooth=False,
        batched=False,
        refused={"even": (4,)},
    ),
    Case(
        point_convolution,
        (GROUPED, KERNELS),
        {"scale": DENSITY},
        refused={"another kernel": (GROUPED, KERNELS[..., :3, :])},
    ),
    Case(
        point_convolution,
        (GROUPED, KERNELS),
        large=(meta(2, 64, 32, 64), meta(2, 64, 32, 64, 64)),
    ),
    Case(
        monte_carlo_integral,
        (GROUPED[..., 0], DENSITY),
        refused={
            "density of zero": (GROUPED[..., 0], DENSITY * 0),
            "another shape": (GROUPED, DENSITY),
        },
        large=(meta(64, 4096), meta(64, 4096)),
    ),
    Case(
        kernel_density,
        (CLOUD, 0.5),
        {"mask": REAL},
        half="single",
        learnable=("1",),
        row=True,
        edges={"equal points": (SAME, 0.5), "far apart": (CLOUD * 1e3, 0.5)},
        refused={
            "no width": (CLOUD, 0.0),
            "not a number": (CLOUD * torch.nan, 0.5),
        },
    ),
    Case(kernel_density, (CLOUD, 0.5), half="single", large=(meta(32, 2048, 3), 0.1)),
    Case(
        local_density,
        (CLOUD, 1.0, 0.5),
        {"mask": REAL},
        half="single",
        edges={"equal points": (SAME, 1.0, 0.5), "lonely": (CLOUD * 1e3, 1.0, 0.5)},
        refused={"no radius": (CLOUD, 0.0, 0.5), "no width": (CLOUD, 1.0, 0.0)},
    ),
    Case(
        local_density,
        (CLOUD, 1.0, 0.5),
        half="single",
        large=(meta(64, 1024, 3), 0.1, 0.1),
    ),
    Case(
        relative_inverse,
        (DENSITY,),
        {"real": COUNTED},
        edges={"equal": (DENSITY * 0 + 2,), "far apart": (10 ** (20 * DENSITY - 30),)},
        refused={"none": (DENSITY * 0,), "no neighbor": (DENSITY[..., :0],)},
    ),
    Case(
        relative_inverse,
        (DENSITY,),
        {"real": NONE},
        edges={"zero at padding": (DENSITY * 0,)},
    ),
    Case(relative_inverse, (DENSITY,), large=(meta(8, 512, 32),)),
    Case(
        normalized_inverse,
        (DENSITY,),
        {"real": COUNTED},
        edges={"equal": (DENSITY * 0 + 2,), "far apart": (10 ** (20 * DENSITY - 30),)},
        refused={"none": (DENSITY * 0,), "no neighbor": (DENSITY[..., :0],)},
    ),
    Case(
        normalized_inverse,
        (DENSITY,),
        {"real": NONE},
        edges={"zero at padding": (DENSITY * 0,)},
    ),
    Case(normalized_inverse, (DENSITY,), large=(meta(8, 512, 32),)),
    Case(
        factorized_kernel,
        (HIDDEN, LAST),
        batched=False,  # one last layer for all
        refused={"another length": (HIDDEN, LAST[:1])},
        large=(meta(2, 64, 32, 32), meta(32, 64, 64)),
    ),
    Case(
        efficient_convolution,
        (GROUPED, HIDDEN, LAST),
        {"scale": DENSITY},
        batched=False,
        refused={
            "another length": (GROUPED, HIDDEN, LAST[:1]),
            "other channels": (GROUPED, HIDDEN, LAST[:, :3]),
            "other neighbors": (GROUPED[:, :, :2], HIDDEN, LAST),
        },
    ),
    Case(
        efficient_convolution,
        (GROUPED, HIDDEN, LAST),
        batched=False,
        large=(meta(2, 64, 8, 64), meta(2, 64, 8, 32), meta(32, 64, 64)),
    ),
    Case(
        pixel_cloud,
        (IMAGES,),
        half="single",
        refused={"no batch": (IMAGES[0],)},
        large=(meta(64, 1, 28, 28),),
    ),
    Case(
        one_hot_offsets,
        (WAVE[:20].reshape(2, 5, 2).round(), 3),
        smooth=False,
        half="single",
        refused={"even": (CLOUD[..., :2], 2), "no plane": (CLOUD, 3)},
        large=(meta(8, 784, 9, 2), 3),
    ),
    Case(
        layer_of_kernel,
        (KERNEL,),
        batched=False,
        refused={"no square": (KERNEL[..., :2, :],)},
        large=(meta(64, 64, 3, 3),),
    ),
    Case(
        convolve_as_points,
        (IMAGES, one_hot_offsets, layer_of_kernel(KERNEL), 3),
        batched=False,
        refused={"large window": (IMAGES, one_hot_offsets, torch.ones(49, 1, 3), 7)},
    ),
    Case(
        neighborhood,
        (CLOUD, PLACES, 3),
        {"mask": REAL, "bandwidth": 0.5},
        half="single",
        edges={"equal points": (SAME, PLACES, 3), "too few": (CLOUD, PLACES, 9)},
        refused={"another space": (CLOUD, PLACES[..., :2], 3)},
    ),
    Case(
        neighborhood,
        (CLOUD, PLACES, 3),
        half="single",
        large=(meta(8, 4096, 3), meta(8, 512, 3), 32),
    ),
    Case(
        whole_cloud,
        (CLOUD,),
        {"mask": REAL, "bandwidth": 0.5},
        half="single",
        edges={"equal points": (SAME,)},
        refused={"no point": (CLOUD[:, :0],)},
    ),
    Case(whole_cloud, (CLOUD,), half="single", large=(meta(8, 1024, 3),)),
    Case(
        pyramid,
        (CLOUD, (4,), (3,)),
        {"mask": REAL, "bandwidths": (0.5,), "start": 0},
        half="single",
        edges={"equal points": (SAME, (4,), (3,))},
        refused={"sizes missing": (CLOUD, (4, 2), (3,))},
    ),
    Case(
        steps_back,
        (CLOUD, LEVELS, 3),
        {"mask": REAL, "bandwidths": (0.5,)},
        half="single",
        refused={"a level more": (CLOUD, [*LEVELS, LEVELS[0]], 3)},
    ),
    Case(
        carry_up,
        (CLOUD, AROUND),
        edges={"on the points": (CLOUD, neighborhood(CLOUD, CLOUD[:, :4], 3))},
        refused={"too few": (CLOUD[:, :1], AROUND)},
    ),
]
EXEMPT = {
    "dlnotes.pointconv.continuous.check_factors": "looks at arguments only",
}
