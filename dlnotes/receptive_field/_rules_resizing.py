"""Rules for what enlarges or shrinks a map by interpolation."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from math import prod

from dlnotes.receptive_field._operations import Call, Found, Rule, found
from dlnotes.receptive_field._reading import windowed
from dlnotes.receptive_field._rules_reading import axes_in
from dlnotes.receptive_field.states import free, with_dim
from dlnotes.receptive_field.windows import (
    Window,
    antialiased,
    cubic,
    linear,
    nearest,
    nearest_exact,
)

Resize = Callable[..., Window]
TO_NEAREST: dict[str, Resize] = {
    **{f"upsample_nearest{n}d": nearest for n in (1, 2, 3)},
    **{f"_upsample_nearest_exact{n}d": nearest_exact for n in (1, 2, 3)},
}
BETWEEN: dict[str, Resize] = {  # these can align corners
    "upsample_linear1d": linear,
    "upsample_bilinear2d": linear,
    "upsample_trilinear3d": linear,
    "upsample_bicubic2d": cubic,
    "_upsample_bilinear2d_aa": partial(antialiased, reach=1),
    "_upsample_bicubic2d_aa": partial(antialiased, reach=2),
}

CORNERS = {"offset": Fraction(0)}


def _resize(call: Call) -> Found:
    state, count = call.first, axes_in(call.name)
    scales = call.args[-count:]
    aligned = call.name in BETWEEN and call.args[2]
    for scale, dim in zip(scales, range(-count, 0), strict=True):
        inputs, outputs, at = state.shape[dim], call.shape[dim], dim + len(call.shape)
        if inputs == 1 or (aligned and outputs == 1):  # all read the first pixel
            state = windowed(state, at, Window(((0,),), 0), 1)
            state = with_dim(state, at, free(outputs))
            continue
        window = _window(call.name, inputs, outputs, scale, aligned=aligned)
        state = windowed(state, at, window, outputs)
    before, after = prod(call.first.shape), prod(call.shape)
    note = "" if after == before else "enlarges" if after > before else "shrinks"
    return found(state, note=note)


def _window(
    name: str, inputs: int, outputs: int, scale: float | None, *, aligned: bool
) -> Window:
    if aligned:
        gaps = inputs - 1, outputs - 1
        # torch places the corners only where it does not average
        return BETWEEN[name](*gaps, **({} if "_aa" in name else CORNERS))
    ratio = Fraction(inputs, outputs)
    if scale:
        # torch then steps by the scale, even where the sizes were rounded. Exact for
        # fractions and for decimals of up to three digits.
        ratio = 1 / Fraction(scale).limit_denominator(1000)
    return {**TO_NEAREST, **BETWEEN}[name](ratio.numerator, ratio.denominator)


RULES: dict[str, Rule] = dict.fromkeys({**TO_NEAREST, **BETWEEN}, _resize)
