r"""Sampling categories with noise and a maximum, and the smooth version of it.

- Note: `docs/notes/gumbel_softmax.md`
- Gallery: `examples/gumbel_softmax/`
- Lab: `docs/labs/gumbel_softmax.py`
- Tests: `tests/gumbel_softmax/`

One function per equation; `Eq. (gumbel-max)` means the equation tagged `gumbel-max`
in the note. `K` is the number of categories; where a shape begins with `...`, a
function maps over these leading dimensions. In the order of the page: `enumeration`,
`gumbel`, `maximum`, `top_k`, `relaxation`, `density`, `curvature`, `binary`, `vae`.
What the functions accept is in `checks`.
"""
