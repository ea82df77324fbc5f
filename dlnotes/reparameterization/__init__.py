r"""Gradients of expectations over samples.

- Note: `docs/notes/reparameterization.md`
- Gallery: `examples/reparameterization/`
- Tests: `tests/reparameterization/`

One function per equation; `Eq. (pathwise)` means the equation tagged `pathwise` in
the note. `S` samples may be laid out in any leading dimensions, written `...`; a
function `f` of samples returns one number per sample, shape `(...)`. A gradient
comes back per sample, shape `(..., *parameter.shape)`: its mean over the leading
dimensions is the estimate, its spread the variance.
"""
