"""What makes a vision transformer flexible: sizes, packing, fewer tokens, losses.

- Note: `docs/notes/flexible_vit.md`
- Gallery: `examples/flexible_vit/`
- Tests: `tests/flexible_vit/`

`Eq. (budget-grid)` means the equation tagged `budget-grid` in the note. The modules
are, in the order of the page: `resizing`, `patch_sizes`, `packing`, `sampling`,
`codes`, `merging`, `windows`, `counts`, `rotary`, `distillation`, `contrast`,
`connectors`, `tiles`.
"""
