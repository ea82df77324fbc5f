"""BERT: learn from text alone by filling in what was hidden, and its variants.

In the order of the page: `tokens`, `embedding`, `model`, `sizes`, `masking`, `pairs`,
`heads`, `albert`, `distillation`, `electra`, `spans`, `disentangled`, `corruption`,
`causal`, `contextual`, `alignment`, `probing`, `loading`.
"""
