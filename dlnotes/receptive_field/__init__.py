r"""Which part of the input a unit of a convolutional network can see.

- Note: `docs/notes/receptive_field.md`
- Gallery: `examples/receptive_field/`
- Tests: `tests/receptive_field/`

For a model of your own, one call is enough:
`print(dlnotes.receptive_field.tracer.trace(model, (1, 3, 224, 224)))`.

`Eq. (bottom-up)` means the equation tagged `bottom-up` in the note. The formulas are
plain Python and work along one axis; an image has two such axes, a volume three. They
are, in the order of the page: `layers`, `chains`, `windows`, `fields`, `graphs`,
`networks`, `gridding`, `effective`. These need torch: `building` makes networks of
descriptions, `measured` measures them by gradients, `tracer` follows any model and
returns `tables`; `states` is what it knows of a tensor on the way. Modules with an
underscore are its rules for the operations of torch.

Positions count pixels from 0. Pixel i covers the interval from i to i + 1, so its
center is i + 0.5.
"""
