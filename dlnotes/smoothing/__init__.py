r"""Differentiable stand-ins for functions that have no useful derivative.

- Note: `docs/notes/smoothing.md`
- Gallery: `examples/smoothing/`
- Tests: `tests/smoothing/`

One function per equation; `Eq. (smooth-max)` means the equation tagged `smooth-max` in
the note. `K` is the number of values or classes, and `...` stands for any leading
dimensions, over which a function maps. In the order of the page: `maximum`,
`perturbation`, `means`, `activations`, `argmax`, `accuracy`, `f_score`, `mini_batches`,
`threshold`, `bleu`, `top_k`, `kernels`, `floor`, `isotonic`, `permutahedron`.

A sharpness is the inverse of a temperature: large is close to the original function.
"""
