"""The vision transformer: an image as a row of patches, read by attention.

- Note: `docs/notes/vit.md`
- Gallery: `examples/vit/`
- Lab: `docs/labs/vit.py`
- Tests: `tests/vit/`

`Eq. (patch-embedding)` means the equation tagged `patch-embedding` in the note. The
modules are, in the order of the page: `embedding`, `scaling`, `order`, `model`,
`sizes`, `positions`, `looking`. Weights that others have trained come in by `loading`.
Attention, encoder layers and patches are shared by several notes: `dlnotes.blocks`.
"""
