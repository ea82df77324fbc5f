r"""Gradients of expectations over samples.

- Note: `docs/notes/reparameterization.md`
- Gallery: `examples/reparameterization/`
- Tests: `tests/reparameterization/`

Samples: `pathwise` (written as functions of noise, and the gradient through them),
`implicit` and `gamma` (known by their CDF only), `relaxations` (bits as rounded real
numbers). Estimators that need no derivative of f: `score_function`, `baselines`,
`control_variates`. What they come to: `variances`, and an autoencoder in `vae`.

One function per equation; `Eq. (pathwise)` means the equation tagged `pathwise` in
the note. `S` samples may be laid out in any leading dimensions, written `...`; a
function `f` of samples returns one number per sample, shape `(...)`. A gradient
comes back per sample, shape `(..., *parameter.shape)`: its mean over the leading
dimensions is the estimate, its spread the variance.

Parameters in half precision are computed with in float32, so that `f`, a control
variate and a distribution then see float32; gradients are rounded to half at the end.
Derivatives are taken by `torch.func.grad`, so that the estimators can be mapped and
compiled; an `autograd.Function` inside of `f` must be written for it. `torch.export`
cannot look into it: trace an estimator by `make_fx` first and export the graph. Where
values cannot be known, a `torch.distributions` object needs `validate_args=False`.
"""
