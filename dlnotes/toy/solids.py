"""Fourteen kinds of solids, their parts and the ranges of their proportions.

Each is centered by its bounding box and lies within a ball of radius 2; all but `plane`
are closed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dlnotes.toy.skins import (
    Sizes,
    Skin,
    skin_of_arrow,
    skin_of_bracket,
    skin_of_capsule,
    skin_of_cone,
    skin_of_cube,
    skin_of_cylinder,
    skin_of_helix,
    skin_of_lamp,
    skin_of_mushroom,
    skin_of_plane,
    skin_of_sphere,
    skin_of_superquadric,
    skin_of_torus,
    skin_of_tube,
)


@dataclass(frozen=True)
class Kind:
    """A kind of solid.

    Attributes:
        skin: Maps sizes, each of shape `(B,)`, to surfaces and their parts.
        ranges: By the name of a size, its least and largest value.
        parts: Names of the parts; their order gives the numbers.
    """

    skin: Callable[[Sizes], Skin]
    ranges: Mapping[str, tuple[float, float]]
    parts: Sequence[str]


KINDS = {
    "sphere": Kind(skin_of_sphere, {"radius": (0.6, 1.0)}, ["ball"]),
    "cube": Kind(
        skin_of_cube,
        {"width": (0.8, 1.6), "depth": (0.8, 1.6), "height": (0.8, 1.6)},
        ["side", "lids"],
    ),
    "torus": Kind(skin_of_torus, {"ring": (0.6, 0.8), "thread": (0.15, 0.3)}, ["ring"]),
    "cylinder": Kind(
        skin_of_cylinder,
        {"radius": (0.35, 0.7), "height": (1.0, 2.0)},
        ["side", "lids"],
    ),
    "cone": Kind(
        skin_of_cone, {"radius": (0.5, 0.9), "height": (1.0, 2.0)}, ["side", "base"]
    ),
    "plane": Kind(skin_of_plane, {"width": (1.0, 2.0), "depth": (1.0, 2.0)}, ["face"]),
    "superquadric": Kind(
        skin_of_superquadric,
        {"radius": (0.6, 0.9), "height": (1.2, 1.8), "power": (3.0, 6.0)},
        ["body"],
    ),
    "bracket": Kind(
        skin_of_bracket,
        {
            "width": (1.0, 1.6),
            "height": (1.2, 2.0),
            "thickness": (0.25, 0.45),
            "depth": (0.4, 0.9),
        },
        ["upright", "foot"],
    ),
    "tube": Kind(
        skin_of_tube,
        {"radius": (0.45, 0.8), "hole": (0.5, 0.8), "height": (0.8, 1.8)},
        ["outside", "inside", "rims"],
    ),
    "helix": Kind(
        skin_of_helix,
        {
            "ring": (0.5, 0.8),
            "thread": (0.1, 0.18),
            "rise": (0.5, 0.8),
            "turns": (1.5, 2.5),
        },
        ["thread", "ends"],
    ),
    "capsule": Kind(
        skin_of_capsule, {"radius": (0.3, 0.5), "length": (0.6, 1.2)}, ["side", "caps"]
    ),
    "arrow": Kind(
        skin_of_arrow,
        {
            "shaft": (0.1, 0.25),
            "head": (0.4, 0.7),
            "length": (0.8, 1.4),
            "point": (0.5, 0.9),
        },
        ["shaft", "head"],
    ),
    "mushroom": Kind(
        skin_of_mushroom,
        {"stem": (0.15, 0.3), "cap": (0.5, 0.8), "length": (0.6, 1.2)},
        ["stem", "cap"],
    ),
    "lamp": Kind(
        skin_of_lamp,
        {
            "plate": (0.4, 0.7),
            "pole": (0.06, 0.15),
            "shade": (0.4, 0.7),
            "height": (1.4, 2.0),
            "neck": (0.0, 0.4),
        },
        ["plate", "pole", "shade"],
    ),
}
