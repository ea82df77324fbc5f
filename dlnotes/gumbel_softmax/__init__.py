r"""Sampling categories with noise and a maximum, and the smooth version of it.

- Note: `docs/notes/gumbel_softmax.md`
- Gallery: `examples/gumbel_softmax/`
- Lab: `docs/labs/gumbel_softmax.py`
- Tests: `tests/gumbel_softmax/`

One function per equation; `Eq. (gumbel-max)` means the equation tagged `gumbel-max`
in the note. `K` is the number of categories, and `...` stands for any leading
dimensions, over which every function maps. In the order of the page: `enumeration`,
`gumbel`, `maximum`, `top_k`, `relaxation`, `density`, `curvature`, `binary`, `vae`.

The functions look at the values they get before they compute, to refuse bad ones with
a clear message; so give them leading dimensions instead of `torch.func.vmap`.
"""
