"""Canonical calls of the functions on graphs and meshes."""

import torch

from dlnotes.representations_3d.laplacian import (
    cotangent_laplacian,
    graph_laplacian,
    lumped_mass,
    normalized_laplacian,
    slowest_waves,
)
from dlnotes.representations_3d.spectral import (
    chebyshev_filter,
    chebyshev_terms,
    heat_signature,
    spectral_filter,
)
from tests.contract import Case

WAVE = torch.arange(1, 400, dtype=torch.float64).square().sin()
WEIGHTS = WAVE[:50].reshape(2, 5, 5).square() * (1 - torch.eye(5))
WEIGHTS = WEIGHTS + WEIGHTS.mT
LAPLACIAN = WEIGHTS / 5
SIGNAL = WAVE[60:90].reshape(2, 5, 3)
CORNERS = torch.tensor([[0, 0, 0], [2, 0, 0], [0, 3, 0], [0, 0, 1]]).double()
FACES = torch.tensor([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
FLAT = torch.tensor([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 0, 1]]).double()
MASS = WAVE[100:105].square() + 1
WAVES, RESPONSE = WAVE[110:140].reshape(2, 5, 3), WAVE[140:146].reshape(2, 3)
FILTER = WAVE[150:168].reshape(2, 3, 3)
ONE = LAPLACIAN[0]


def meta(*shape):
    return torch.empty(*shape, device="meta")


CASES = [
    *(
        Case(
            function,
            (WEIGHTS,),
            edges={
                "no edge": (WEIGHTS * 0,),
                "equal": (1 - torch.eye(5).expand(2, 5, 5),),
            },
            refused={
                "negative": (-WEIGHTS,),
                "one direction": (WEIGHTS.triu(),),
                "not square": (WEIGHTS[:, :4],),
            },
            large=(meta(4, 512, 512),),
        )
        for function in (graph_laplacian, normalized_laplacian)
    ),
    *(
        Case(
            function,
            (CORNERS, FACES),
            batched=False,
            refused={
                "corner that is not there": (CORNERS, FACES + 1),
                "in the plane": (CORNERS[:, :2], FACES),
                "four corners": (CORNERS, FACES.T.repeat(1, 2)[:, :4]),
            },
        )
        for function in (cotangent_laplacian, lumped_mass)
    ),
    Case(
        cotangent_laplacian,
        (CORNERS * 1e-3, FACES),
        half="half",
        batched=False,
        refused={"no area": (FLAT, FACES)},
    ),
    Case(lumped_mass, (FLAT, FACES), batched=False, edges={"point": (FLAT * 0, FACES)}),
    Case(
        slowest_waves,
        (ONE, MASS, 3),
        batched=False,
        smooth=False,
        edges={"equal eigenvalues": (torch.eye(5).double(), MASS, 3)},
        refused={
            "too many": (ONE, MASS, 6),
            "no mass": (ONE, MASS * 0, 3),
            "one direction": (ONE.triu(), MASS, 3),
            "another size": (ONE[:4, :4], MASS, 3),
        },
    ),
    Case(
        spectral_filter,
        (WAVES, RESPONSE, SIGNAL),
        refused={"another size": (WAVES, RESPONSE[:, :2], SIGNAL)},
        large=(meta(4, 512, 64), meta(4, 64), meta(4, 512, 16)),
    ),
    Case(
        chebyshev_terms,
        (LAPLACIAN, SIGNAL, 4),
        edges={"no edge": (LAPLACIAN * 0, SIGNAL, 4), "one": (LAPLACIAN, SIGNAL, 1)},
        refused={
            "another size": (LAPLACIAN[:, :4], SIGNAL, 4),
            "none": (LAPLACIAN, SIGNAL, 0),
        },
        large=(meta(4, 512, 512), meta(4, 512, 16), 4),
    ),
    Case(
        chebyshev_filter,
        (LAPLACIAN, SIGNAL, FILTER),
        batched=False,
        refused={
            "other channels": (LAPLACIAN, SIGNAL, FILTER[:, :2]),
            "none": (LAPLACIAN, SIGNAL, FILTER[:0]),
        },
        large=(meta(4, 512, 512), meta(4, 512, 16), meta(4, 16, 16)),
    ),
    Case(
        heat_signature,
        (MASS[:3], WAVES[0], MASS[:2]),
        batched=False,
        edges={"constant": (MASS[:3] * 0, WAVES[0], MASS[:2])},
        refused={
            "no time": (MASS[:3], WAVES[0], MASS[:2] * 0),
            "another size": (MASS, WAVES[0], MASS[:2]),
        },
    ),
]
