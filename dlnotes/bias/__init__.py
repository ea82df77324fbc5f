r"""What an additive constant does in a network, and where it does nothing.

- Note: `docs/notes/bias.md`
- Gallery: `examples/bias/`
- Tests: `tests/bias/`

One function per equation; `Eq. (novikoff)` means the equation tagged `novikoff` in the
note. In the order of the page: `perceptron`, `separability`, `boolean`, `homogeneity`,
`inertness`, `normalization`, `folding`, `attention`, `gradients`, `prior`, `decay`,
`estimators`. Functions that change a model return a changed copy.
"""
